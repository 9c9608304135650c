// A bypass over the whole service: recorded with its order, reminded of, closed out by the first certificate, and never longer than asked for.

import { afterEach, describe, expect, it } from 'vitest';
import { BYPASS_SHELF, bypassKey } from '../../src/steps/bypass-records.ts';
import { getItem } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { switchBypassOff, watchBypasses } from '../../src/workflows/watch-bypasses.ts';
import { HOSTNAME, OrderWorld, type OrderWorldOptions, PARTNER } from '../support/order-world.ts';

let world: OrderWorld;
afterEach(() => world.close());

const ANA = 'ana@northwind.test';
const bypass = { reason: 'trial until the board decides', until: '2027-02-10T15:00:00.000Z' };
const at = (moment: string) => new Date(moment);

async function opened(options: OrderWorldOptions = {}) {
  world = await OrderWorld.open(options);
  const services = await world.begin();
  const { id } = await world.place(services, { bypass });
  await world.run(async () => (await world.order(id)).state === 'awaiting-window');
  return { services, id };
}

const kept = async (services: Services) => (await getItem(services.inventory, bypassKey(PARTNER, HOSTNAME))).value;
const told = () =>
  world.mail
    .deliveredTo(ANA)
    .map(({ subject }) => subject)
    .filter((subject) => /bypass/i.test(subject));

describe('a bypass', () => {
  it('is recorded with its reason and end, and reminded of once for each share of its time, however often the schedule comes by', async () => {
    const { services } = await opened();
    expect(await kept(services)).toMatchObject({ ...bypass, since: expect.stringMatching(/^2027-01-11T15/), told: 0 });
    for (const moment of [
      '2027-01-12T00:00:00Z',
      '2027-01-27T00:00:00Z',
      '2027-01-27T01:00:00Z',
      '2027-02-04T00:00:00Z',
    ])
      await watchBypasses(at(moment), services);
    expect(told()).toEqual([`Bypass open: ${HOSTNAME} until its end`, `Bypass open: ${HOSTNAME} until its end`]);
  });

  it('past its end is told to everyone every week until somebody says it is off; then there is nothing to look at', async () => {
    const { services } = await opened();
    for (const moment of ['2027-02-10T15:00:00Z', '2027-02-10T16:00:00Z', '2027-02-17T15:00:00Z'])
      await watchBypasses(at(moment), services);
    expect(told()).toEqual([`Bypass past its end: ${HOSTNAME}`, `Bypass past its end: ${HOSTNAME}`]);
    await switchBypassOff(PARTNER, HOSTNAME, services);
    expect((await watchBypasses(at('2027-03-17T15:00:00Z'), services)).told).toBe(0);
    const page = await services.inventory.listMarked('due', BYPASS_SHELF, {
      limit: 10,
      until: at('2030-01-01T00:00:00Z'),
      order: 'oldest-first',
    });
    expect(page.items).toEqual([]);
  });

  it('is asked to be switched off once the appointment has brought a trusted certificate', async () => {
    const { services, id } = await opened();
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    await watchBypasses(new Date(), services);
    await watchBypasses(new Date(Date.now() + 3_600_000), services);
    expect(told()).toEqual([`Switch the bypass off: ${HOSTNAME}`]);
    expect((await kept(services)).neededUntil).toBeDefined();
  });

  it('is not extended by another order that says nothing of it, and keeps its earlier end when one says otherwise', async () => {
    const { services, id } = await opened();
    await world.runToEnd(id);
    const second = await world.place(services, {}, 'k2');
    await world.runToEnd(second.id);
    expect((await kept(services)).until).toBe(bypass.until);
    const other = { reason: 'again', until: new Date(Date.now() + 10 * 24 * 3_600_000).toISOString() };
    const third = await world.place(services, { bypass: other }, 'k3');
    await world.run(async () => (await world.order(third.id)).state !== 'accepted');
    expect(await kept(services)).toMatchObject({
      ...other,
      orderId: third.id,
      before: [{ orderId: id, until: bypass.until }],
    });
  });

  it('whose notice reaches nobody is told of later', async () => {
    let isDown = true;
    const { services } = await opened({
      mailFate: ({ subject }) => (isDown && /^Bypass/.test(subject) ? 'not-delivered' : 'delivered'),
    });
    expect((await watchBypasses(at('2027-01-27T00:00:00Z'), services)).told).toBe(0);
    isDown = false;
    expect((await watchBypasses(at('2027-01-27T00:30:00Z'), services)).told).toBe(0);
    expect((await watchBypasses(at('2027-01-27T01:00:00Z'), services)).told).toBe(1);
    expect(told()).toHaveLength(1);
  });
});
