// A look at a server: one at a time, from outside and inside, kept as a report, and safe to be cut off.

import { afterEach, describe, expect, it } from 'vitest';
import { servedSighting } from '../../src/adapters/memory/memory-probes.ts';
import { lookKey } from '../../src/steps/records.ts';
import { acceptLook } from '../../src/workflows/look-at-server.ts';
import { HOSTNAME, OrderWorld, type OrderWorldOptions, PARTNER } from '../support/order-world.ts';

let world: OrderWorld;
afterEach(() => world.close());

async function done(options: OrderWorldOptions = {}) {
  world = await OrderWorld.open(options);
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.runToEnd(id);
  expect((await world.order(id)).state).toBe('done');
  return services;
}

const look = async () => (await world.inventory.find(lookKey(PARTNER, HOSTNAME)))?.value;
const looked = () => world.run(async () => (await look())?.report !== undefined);

describe('a look', () => {
  it('finds how the server stands from all sides, and keeps it', async () => {
    const services = await done();
    world.appliances.turn({ siteUrl: 'https://192.168.1.200:21326', hostname: HOSTNAME, reaches: false });
    const { askedAt } = await acceptLook(PARTNER, HOSTNAME, services);
    await looked();
    expect((await look())?.report).toMatchObject({
      askedAt,
      facts: {
        hostname: HOSTNAME,
        outside: { kind: 'seen', value: { kind: 'served', chain: { trusted: true } } },
        asApple: { kind: 'seen' },
        inside: { kind: 'seen' },
        names: { kind: 'seen', value: [{ code: 'site-url-address' }] },
        pushServer: { kind: 'seen', value: false },
      },
    });
  });

  it('is one however often it is asked for within a minute, and another after that', async () => {
    const services = await done();
    const first = await acceptLook(PARTNER, HOSTNAME, services);
    expect((await acceptLook(PARTNER, HOSTNAME, services)).askedAt).toBe(first.askedAt);
    await looked();
    const logins = world.appliances.count('attempts');
    expect((await acceptLook(PARTNER, HOSTNAME, services)).askedAt).toBe(first.askedAt);
    await world.quiet();
    expect(world.appliances.count('attempts')).toBe(logins);
    const later = { ...services, clock: { ...services.clock, now: () => new Date(Date.now() + 61_000) } };
    expect((await acceptLook(PARTNER, HOSTNAME, later)).askedAt).not.toBe(first.askedAt);
  });

  it('is begun by whoever asks next when the first died before it was', async () => {
    const services = await done();
    const dying = {
      ...services,
      executions: { ...services.executions, start: () => Promise.reject(new Error('cut')) },
    };
    await expect(acceptLook(PARTNER, HOSTNAME, dying)).rejects.toThrow('cut');
    await acceptLook(PARTNER, HOSTNAME, services);
    await looked();
  });

  it('goes on after the process died in the middle of it', async () => {
    const services = await done();
    await acceptLook(PARTNER, HOSTNAME, services);
    await world.kill();
    await world.begin();
    await looked();
  });

  it('of a server that SSH does not reach says so, and tells the outside all the same', async () => {
    const services = await done();
    world.appliances.turn({ unreachable: true });
    await acceptLook(PARTNER, HOSTNAME, services);
    await looked();
    expect((await look())?.report?.facts).toMatchObject({
      outside: { kind: 'seen' },
      inside: { kind: 'not-checked', why: expect.stringContaining('cannot be reached') },
      names: { kind: 'not-checked' },
      pushServer: { kind: 'not-checked' },
    });
  });

  it('of a server whose TLS Apple refuses tells the two handshakes apart', async () => {
    const services = await done();
    const probes = {
      ...services.probes,
      inside: services.probes.inside.bind(services.probes),
      outside: async ({ as }: { readonly as?: 'apple' | undefined }) =>
        as === 'apple'
          ? { kind: 'unreachable' as const, why: 'handshake failure' }
          : servedSighting({ fingerprint: 'aa' }),
    };
    await world.kill();
    const again = await world.begin({ ...world.services(), probes });
    await acceptLook(PARTNER, HOSTNAME, again);
    await looked();
    expect((await look())?.report?.facts).toMatchObject({
      outside: { value: { kind: 'served' } },
      asApple: { value: { kind: 'unreachable', why: 'handshake failure' } },
    });
  });

  it('of nobody is not found', async () => {
    const services = await done();
    await expect(acceptLook(PARTNER, 'other.northwind.test', services)).rejects.toThrow(
      'no server "other.northwind.test"',
    );
  });
});
