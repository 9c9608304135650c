// A server without InfinityOne: the web administration first, the rest when the site port appears, whatever it serves then.

import { afterEach, describe, expect, it } from 'vitest';
import { servedSighting } from '../../src/adapters/memory/memory-probes.ts';
import type { Sighting } from '../../src/ports/probes.ts';
import { certificateKey, serverKey } from '../../src/steps/records.ts';
import { cancelOrder } from '../../src/workflows/cancel-order.ts';
import { effectsOf } from '../support/order-effects.ts';
import { HOSTNAME, OrderWorld, PARTNER, profile } from '../support/order-world.ts';

let world: OrderWorld;
afterEach(() => world.close());

const ANA = 'ana@northwind.test';
const web = { check: 'httpd -t', reload: 'service httpd graceful', port: 443 };
const absent = { infinityOne: 'absent' as const, commands: { ...profile.commands, web } };

/** Up to the rest; `site` is what the site port shows from then on. */
async function resting(commands: object = absent) {
  const site: { now: Sighting | undefined } = { now: undefined };
  world = await OrderWorld.open({
    profile: commands,
    inside: ({ port }) => (port === 443 ? servedByWeb() : site.now),
  });
  const services = await world.begin();
  const { id } = await world.place(services);
  const state = async () => (await world.order(id)).state;
  await world.run(async () => told().length > 0 || (await state()) === 'needs-attention');
  await world.quiet();
  return { services, id, site, state };
}

function servedByWeb(): Sighting {
  const set = world.appliances.served();
  const fingerprint = set?.fingerprint ?? '';
  return servedSighting({ fingerprint, trusted: set?.chainPem !== '' });
}

const told = () => world.mail.deliveredTo(ANA).map(({ subject }) => subject);

describe('a server without InfinityOne', () => {
  it('has its web administration served without a window, a notice or a restart of anything, and its certificate kept', async () => {
    const { id, state } = await resting();
    expect(await state()).toBe('web-served');
    const order = await world.order(id);
    expect(order.webServedAt).toMatch(/^2027-01-11T15:/);
    const kept = await world.inventory.find(certificateKey(PARTNER, HOSTNAME));
    expect(kept?.value.fingerprint).toBe(order.fingerprint);
    const server = await world.inventory.find(serverKey(PARTNER, HOSTNAME));
    expect(server?.value.web).toMatchObject({ fingerprint: order.fingerprint, trusted: true });
    expect(order.appointmentId).toBeUndefined();
    await world.quiet();
    expect(told()).toEqual([`In place: ${HOSTNAME}, without InfinityOne yet`]);
  });

  it('is done by itself once InfinityOne appears with the certificate', async () => {
    const { id, site } = await resting();
    const { fingerprint = '' } = await world.order(id);
    site.now = servedSighting({ fingerprint });
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'done', warnings: [] });
    expect(told().at(-1)).toBe(`Done: InfinityOne on ${HOSTNAME} serves its certificate`);
  });

  it('is given a restart like every other when InfinityOne appears with something else', async () => {
    const { id, site } = await resting();
    site.now = servedSighting({ fingerprint: 'f'.repeat(64), trusted: false });
    await world.run(async () => (await world.order(id)).state === 'awaiting-window');
    const restarts = effectsOf(world, HOSTNAME).restarts;
    const { fingerprint = '' } = await world.order(id);
    site.now = servedSighting({ fingerprint });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(effectsOf(world, HOSTNAME).restarts).toBe(restarts + 1);
    expect(told().some((subject) => subject.startsWith(`InfinityOne restart on ${HOSTNAME}`))).toBe(true);
  });

  it('that never gets InfinityOne ends before its renewal, told to our people, and the renewal does the same again', async () => {
    const { id } = await resting();
    await world.runToEnd(id);
    const order = await world.order(id);
    expect(order).toMatchObject({ state: 'done', warnings: [expect.stringContaining('had not appeared')] });
    const ops = world.mail.deliveredTo('ops@emetrotel.test').map(({ subject }) => subject);
    expect(ops.at(-1)).toBe(`Not there: InfinityOne on ${HOSTNAME}`);
    const kept = await world.inventory.find(certificateKey(PARTNER, HOSTNAME));
    expect(kept?.value.failures).toBe(0);
  });

  it('can be let go: the order is cancelled, the server free, the certificate kept', async () => {
    const { services, id, state } = await resting();
    await cancelOrder(PARTNER, id, services);
    await world.runToEnd(id);
    expect(await state()).toBe('cancelled');
    const server = await world.inventory.find(serverKey(PARTNER, HOSTNAME));
    expect(server?.value.openOrderId).toBeUndefined();
  });

  it('goes on waiting while it cannot be reached, and after the process died', async () => {
    const { id, site, state } = await resting();
    world.appliances.turn({ unreachable: true });
    await world.run(() => Date.now() > Date.parse('2027-01-13T00:00:00Z'));
    expect(await state()).toBe('web-served');
    await world.kill();
    world.appliances.turn({ unreachable: false });
    await world.begin();
    const { fingerprint = '' } = await world.order(id);
    site.now = servedSighting({ fingerprint });
    await world.runToEnd(id);
    expect(await state()).toBe('done');
  });

  it('whose profile does not say how Apache is asked is a person’s', async () => {
    const { id } = await resting({ infinityOne: 'absent' });
    expect((await world.order(id)).problem).toMatchObject({ code: 'profile-unknown', step: 'serve-web' });
  });
});
