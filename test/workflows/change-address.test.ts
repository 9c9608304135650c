// The address of a server in use changes: not before the appointment, with the proof, and back with a roll-back.

import { afterEach, describe, expect, it } from 'vitest';
import { appointmentKey, serverKey } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { HOSTNAME, OrderWorld, PARTNER, request } from '../support/order-world.ts';

let world: OrderWorld;
afterEach(() => world.close());

const OLD = request.publicIp;
const NEW = '203.0.113.77';
const address = () => world.zones.valuesAt(HOSTNAME, 'A');

/** A server in use under its old address, and an order for the new one up to its announcement. */
async function moving(): Promise<{ services: Services; id: string }> {
  world = await OrderWorld.open();
  const services = await world.begin();
  const first = await world.place(services);
  await world.runToEnd(first.id);
  expect([(await world.order(first.id)).state, address()]).toEqual(['done', [OLD]]);
  const { id } = await world.place(services, { publicIp: NEW }, 'k2');
  await world.run(async () => (await world.order(id)).state === 'awaiting-window');
  await world.run(
    () =>
      world.mail.deliveredTo('ana@northwind.test').filter(({ subject }) => subject.startsWith('InfinityOne restart'))
        .length > 1,
  );
  return { services, id };
}

describe('a new address of a server in use', () => {
  it('is told with the restart, stands only from the window on, and is kept when the certificate is served', async () => {
    const { id } = await moving();
    expect(address()).toEqual([OLD]);
    const told = world.mail.deliveredTo('ana@northwind.test').at(-1);
    expect(told?.text).toContain(
      `With the restart, ${HOSTNAME} becomes ${NEW} in DNS, and was ${OLD}; if the restart is rolled back, so is that.`,
    );
    await world.runToEnd(id);
    expect([(await world.order(id)).state, address()]).toEqual(['done', [NEW]]);
    expect((await world.inventory.find(serverKey(PARTNER, HOSTNAME)))?.value.addressWritten).toBe(NEW);
  });

  it('goes back when the activation was undone, and there again with the next', async () => {
    const { services, id } = await moving();
    world.appliances.turn({ cutBeforeRestart: true });
    await world.run(async () => (await services.inventory.find(appointmentKey(PARTNER, `${id}-a2`))) !== undefined);
    expect(address()).toEqual([OLD]);
    await world.runToEnd(id);
    expect([(await world.order(id)).state, address()]).toEqual(['done', [NEW]]);
  });

  it('goes back when nothing is served any more', async () => {
    const { id } = await moving();
    world.appliances.turn({ refusesNewChain: true });
    await world.runToEnd(id);
    expect((await world.order(id)).problem).toMatchObject({ code: 'service-down' });
    expect(address()).toEqual([OLD]);
    expect((await world.inventory.find(serverKey(PARTNER, HOSTNAME)))?.value.addressWritten).toBe(OLD);
  });

  it('is carried out by the next process when one dies in the window', async () => {
    const { id } = await moving();
    await world.run(async () => (await world.order(id)).state === 'activating');
    await world.kill();
    await world.begin();
    await world.runToEnd(id);
    expect([(await world.order(id)).state, address()]).toEqual(['done', [NEW]]);
  });

  it('does not overwrite what somebody else has put there meanwhile; the certificate is served, and our people look', async () => {
    const { id } = await moving();
    world.zones.put(HOSTNAME, 'A', ['198.51.100.99']);
    await world.runToEnd(id);
    expect([(await world.order(id)).state, address()]).toEqual(['done', ['198.51.100.99']]);
    const ops = world.mail.deliveredTo('ops@emetrotel.test').map(({ subject }) => subject);
    expect(ops.at(-1)).toBe(`Look from outside: ${HOSTNAME}`);
  });

  it('where the record is none of ours is a person’s, as before', async () => {
    world = await OrderWorld.open();
    world.zones.put(HOSTNAME, 'A', ['198.51.100.9']);
    const services = await world.begin();
    const { id } = await world.place(services);
    await world.runToEnd(id);
    expect((await world.order(id)).problem).toMatchObject({ code: 'record-conflict' });
    expect(address()).toEqual(['198.51.100.9']);
  });
});
