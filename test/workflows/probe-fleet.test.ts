// Every server is looked at from outside once a day; what others have installed is found and chased, and never takes the place of ours.

import { afterEach, expect, it, vi } from 'vitest';
import { servedSighting } from '../../src/adapters/memory/memory-probes.ts';
import type { Sighting } from '../../src/ports/probes.ts';
import { certificateKey, getItem, orderKey, serverKey } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { probeFleet } from '../../src/workflows/probe-fleet.ts';
import { startDueRenewals } from '../../src/workflows/start-due-renewals.ts';
import { HOSTNAME, OrderWorld, PARTNER } from '../support/order-world.ts';

const DAY_MS = 86_400_000;
let world: OrderWorld;
let services: Services;
let seen: Sighting | undefined;
afterEach(() => world.close());

/** An order that stopped before anything was done to the server. */
async function stopped(): Promise<string> {
  seen = undefined;
  world = await OrderWorld.open({ outside: () => seen });
  world.appliances.turn({ diskFull: true });
  services = await world.begin();
  const { id } = await world.place(services);
  await world.runToEnd(id);
  return id;
}

function others(trusted = true, fingerprint = 'e'.repeat(64)): Sighting {
  const notBefore = new Date(Date.now() - 10 * DAY_MS);
  const notAfter = new Date(notBefore.getTime() + 100 * DAY_MS);
  return servedSighting({ fingerprint, names: [HOSTNAME], trusted, notBefore, notAfter });
}

const certificate = async () => (await services.inventory.find(certificateKey(PARTNER, HOSTNAME)))?.value;

async function nextDay() {
  vi.setSystemTime(Date.now() + DAY_MS + 1);
  return probeFleet(new Date(), services);
}

it('a certificate that others installed is observed, and people are asked for its next', async () => {
  const id = await stopped();
  seen = others();
  expect(await nextDay()).toEqual({ probed: 1, observed: 1 });
  expect(await certificate()).toMatchObject({ authority: 'observed', fingerprint: 'e'.repeat(64), orderId: id });
  const { value: server } = await getItem(services.inventory, serverKey(PARTNER, HOSTNAME));
  expect(server.served).toMatchObject({ vantage: 'outside', fingerprint: 'e'.repeat(64) });
  vi.setSystemTime(Date.now() + 45 * DAY_MS);
  await startDueRenewals({ now: new Date(), random: () => 0.5 }, services);
  const subjects = world.mail.deliveredTo('ana@northwind.test').map(({ subject }) => subject);
  expect(subjects).toContain(`Next certificate wanted: ${HOSTNAME}`);
  expect(await services.inventory.find(orderKey(PARTNER, id))).toBeDefined();
});

it('is looked at once a day, and what nobody trusts or nobody serves is only noted', async () => {
  await stopped();
  seen = others(false);
  expect(await nextDay()).toEqual({ probed: 1, observed: 0 });
  expect(await probeFleet(new Date(), services)).toEqual({ probed: 0, observed: 0 });
  seen = { kind: 'unreachable', why: 'timeout' };
  expect(await nextDay()).toEqual({ probed: 1, observed: 0 });
  expect(await certificate()).toBeUndefined();
});

it('where ours was put, another changes nothing: our people hear of it, once for each leaf', async () => {
  seen = undefined;
  world = await OrderWorld.open({ outside: () => seen });
  services = await world.begin();
  seen = others(false);
  const { id } = await world.place(services);
  await world.run(async () => (await world.order(id)).state === 'awaiting-window');
  seen = undefined;
  await world.runToEnd(id);
  const ours = (await certificate())?.fingerprint;
  seen = others();
  for (let day = 0; day < 3; day += 1) expect((await nextDay()).observed).toBe(1);
  expect((await certificate())?.fingerprint).toBe(ours);
  const told = world.mail.deliveredTo('ops@emetrotel.test').filter(({ subject }) => subject.startsWith('Another'));
  expect(told).toHaveLength(1);
});
