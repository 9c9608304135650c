// An order from acceptance to a served certificate, and every way it stops short of one.

import { afterEach, describe, expect, it } from 'vitest';
import { effectsOf } from '../support/order-effects.ts';
import { HOSTNAME, OrderWorld, type OrderWorldOptions } from '../support/order-world.ts';

let world: OrderWorld;
const open = async (options?: OrderWorldOptions) => {
  world = await OrderWorld.open(options);
  return world;
};

afterEach(() => world.close());

describe('fulfil-order', () => {
  it('ends with the new certificate served, one restart inside the window, and everyone told', async () => {
    const { appliances, mail } = await open();
    const services = await world.begin();
    const { id } = await world.place(services);
    await world.runToEnd(id);

    const order = await world.order(id);
    expect(order).toMatchObject({ state: 'done', warnings: [] });
    expect(appliances.served()?.fingerprint).toBe(order.fingerprint);
    expect(effectsOf(world, HOSTNAME)).toMatchObject({
      finalize: 1,
      finalizedTwice: 0,
      sets: 1,
      restarts: 1,
      txtLeft: [],
      address: ['203.0.113.10'],
    });
    expect(mail.deliveredTo('ana@northwind.test').map((message) => message.subject)).toEqual([
      'InfinityOne restart on pbx.northwind.test: 2027-01-13 02:00 to 04:00 (America/Toronto)',
      'Reminder: InfinityOne restart on pbx.northwind.test: 2027-01-13 02:00 to 04:00 (America/Toronto)',
      'Reminder: InfinityOne restart on pbx.northwind.test: 2027-01-13 02:00 to 04:00 (America/Toronto)',
      'Done: pbx.northwind.test serves its new certificate',
    ]);
    // Wednesday, two in the morning in Toronto.
    expect(new Date().toISOString()).toMatch(/^2027-01-13T07:0/);
  });
});
