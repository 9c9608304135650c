// A certificate revoked: by its authority, whatever dies meanwhile; the one in service is replaced in a restart window and not before.

import { afterEach, describe, expect, it } from 'vitest';
import { openingAt } from '../../src/domain/restart-window.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptRevocation } from '../../src/workflows/revoke-certificate.ts';
import { OrderWorld, PARTNER, request } from '../support/order-world.ts';
import { RenewalClock } from '../support/renewal-clock.ts';
import { randomOf } from '../support/seeded.ts';

let world: OrderWorld;
let services: Services;
let clock: RenewalClock;

async function served(): Promise<string> {
  world = await OrderWorld.open();
  services = await world.begin();
  clock = new RenewalClock(world, services, randomOf(1));
  const { id } = await world.place(services);
  await world.runToEnd(id);
  return id;
}

const isRevoked = async (id: string) => (await world.order(id)).revocation?.revokedAt !== undefined;

afterEach(() => world.close());

describe('a certificate in service', () => {
  it('is revoked, stays served, and is replaced in the next restart window', async () => {
    const id = await served();
    const before = await clock.certificate();
    await acceptRevocation(PARTNER, id, 'keyCompromise', services);
    await world.run(() => isRevoked(id));
    expect(world.authority.revoked()).toEqual([before.fingerprint]);
    expect(world.appliances.served()?.fingerprint).toBe(before.fingerprint);
    expect(world.appliances.count('restart')).toBe(1);

    const renewal = await clock.renewed(before);
    expect(renewal).toMatchObject({ state: 'done', reason: 'renew', renews: before.fingerprint });
    expect(openingAt(request.windowPolicy, new Date(renewal.closedAt ?? ''))).toBeDefined();
    expect(await clock.certificate()).not.toHaveProperty('revokedAt');
  });
});

describe('a certificate that was replaced', () => {
  it('is revoked, and nothing else happens', async () => {
    const first = await served();
    const { id } = await world.place(services, {}, 'k2');
    await world.runToEnd(id);
    const before = await clock.certificate();
    await acceptRevocation(PARTNER, first, 'superseded', services);
    await world.run(() => isRevoked(first));
    await clock.ticksFor(24 * 3_600_000);
    expect(await clock.orders()).toHaveLength(2);
    expect(await clock.certificate()).toMatchObject({ fingerprint: before.fingerprint, failures: 0 });
  });
});

describe('a revocation', () => {
  it('that was kept and not begun is begun by the sweep', async () => {
    const id = await served();
    const dead = {
      ...services,
      executions: { ...services.executions, start: () => Promise.reject(new Error('killed')) },
    };
    await expect(acceptRevocation(PARTNER, id, 'superseded', dead as Services)).rejects.toThrow('killed');
    await world.sweep(services);
    await world.run(() => isRevoked(id));
    expect(world.authority.revoked()).toHaveLength(1);
  });

  it('survives the death of the process, and is done once', async () => {
    const id = await served();
    await acceptRevocation(PARTNER, id, 'superseded', services);
    await world.kill();
    services = await world.begin();
    await world.run(() => isRevoked(id));
    await world.sweep(services);
    expect((await world.order(id)).revocation).toMatchObject({ reason: 'superseded' });
  });

  it('that its authority does not do within a day is told to our people, and can be asked for again', async () => {
    const id = await served();
    world.authority.turn({ unreachable: true });
    await acceptRevocation(PARTNER, id, 'superseded', services);
    const subject = 'Not revoked: a certificate of pbx.northwind.test';
    const told = () => world.mail.deliveredTo('ops@emetrotel.test').filter((mail) => mail.subject === subject);
    await world.run(() => told().length > 0);
    expect(told()[0]?.text).toContain('ca-unreachable');
    await world.run(() => false);
    await world.sweep(services);

    world.authority.turn({ unreachable: false });
    await acceptRevocation(PARTNER, id, 'superseded', services);
    await world.run(() => isRevoked(id));
    expect(world.authority.revoked()).toHaveLength(1);
  });
});
