// Events of an order reach the order system: signed, at least once under one id, again with growing pauses, and never in another's way.

import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../src/domain/problem.ts';
import { DELIVERY_PAUSES_MS } from '../../src/domain/webhook.ts';
import { type EventRecord, eventKey, webhookKey } from '../../src/steps/events.ts';
import { getItem } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { deliverEvents, replayEvent } from '../../src/workflows/deliver-events.ts';
import { OrderWorld, PARTNER } from '../support/order-world.ts';

const secret = Buffer.alloc(32, 7);
const url = 'https://orders.customer.example/ucx';

let world: OrderWorld;
let services: Services;

/** An order from beginning to end, with a webhook from before it. */
async function served(): Promise<string> {
  world = await OrderWorld.open();
  services = await world.begin();
  const secretRef = await world.vault.put(`partners/${PARTNER}/webhook-secret`, secret);
  await world.inventory.add(webhookKey(PARTNER), { url, since: new Date().toISOString(), secretRef });
  const { id } = await world.place(services);
  await world.runToEnd(id);
  return id;
}

const deliver = () => deliverEvents(new Date(), services);
const event = async (id: string): Promise<EventRecord> => (await getItem(world.inventory, eventKey(PARTNER, id))).value;
const read = ({ body }: { body: string }) => JSON.parse(body);

afterEach(() => world.close());

describe('the events of an order', () => {
  it('are the restart people were told of and the end, each signed, in the order in which they happened', async () => {
    const id = await served();
    expect(await deliver()).toEqual({ delivered: 2, postponed: 0 });
    const { posted } = world.webhooks;
    expect(posted.map((one) => [one.url, read(one).type])).toEqual([
      [url, 'restart.announced'],
      [url, 'order.closed'],
    ]);
    const order = await world.order(id);
    expect(read(posted[1] ?? { body: '{}' }).data).toMatchObject({
      orderId: id,
      state: 'done',
      fingerprint: order.fingerprint,
    });
    vi.useRealTimers();
    for (const { headers, body } of posted) {
      const signed = new Webhook(`whsec_${secret.toString('base64')}`);
      const at = new Date(Number(headers['webhook-timestamp']) * 1000);
      vi.useFakeTimers({ now: at, toFake: ['Date'] });
      expect(signed.verify(body, { ...headers })).toMatchObject({ data: { orderId: id } });
    }
    expect(await deliver()).toEqual({ delivered: 0, postponed: 0 });
  });

  it('are posted again after growing pauses under the same id, until they are taken', async () => {
    const id = `order.closed.${await served()}.end`;
    let left = 3;
    world.webhooks.answer = () => {
      left -= 1;
      return left >= 0 ? { status: 503 } : {};
    };
    await deliver();
    vi.setSystemTime(Date.now() + 5_000);
    await deliver();
    vi.setSystemTime(Date.now() + 5 * 60_000);
    await deliver();
    expect(await event(id)).toMatchObject({ state: 'delivered', lastAnswer: 'HTTP 200' });
    const ids = world.webhooks.posted.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(2);
    expect(ids.length).toBe(5);
  });

  it('are given up after about three days, and can be posted again by a person', async () => {
    const id = `order.closed.${await served()}.end`;
    world.webhooks.answer = () => {
      throw new Problem('webhook-unreachable', 'orders.customer.example: connect ECONNREFUSED');
    };
    for (const pauseMs of [0, ...DELIVERY_PAUSES_MS]) {
      vi.setSystemTime(Date.now() + pauseMs);
      await deliver();
    }
    expect(await event(id)).toMatchObject({ state: 'failed', attempts: DELIVERY_PAUSES_MS.length + 1 });
    expect((await event(id)).lastAnswer).toContain('ECONNREFUSED');
    expect(world.log.lines().some(({ sentence }) => sentence === 'event given up')).toBe(true);

    world.webhooks.answer = () => ({});
    await replayEvent(PARTNER, id, services);
    await deliver();
    expect(await event(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it('are not forced upon a receiver that is gone, nor sent where no webhook is any more', async () => {
    const id = `order.closed.${await served()}.end`;
    world.webhooks.answer = () => ({ status: 410 });
    await deliver();
    expect(await event(id)).toMatchObject({ state: 'failed', attempts: 1 });
    await replayEvent(PARTNER, id, services);
    await world.inventory.remove(webhookKey(PARTNER));
    await deliver();
    expect(await event(id)).toMatchObject({ state: 'failed', lastAnswer: 'the webhook was taken away' });
  });

  it('do not wait for one that cannot be tried', async () => {
    await served();
    const broken = { ...services, vault: { ...services.vault, get: () => Promise.reject(new Error('a bug')) } };
    expect(await deliverEvents(new Date(), broken as Services)).toEqual({ delivered: 0, postponed: 2 });
    expect(await deliver()).toEqual({ delivered: 2, postponed: 0 });
  });

  it('are posted again, and known by their id, when the process died before it noted the answer', async () => {
    await served();
    const dying = new Proxy(world.inventory, {
      get: (target, name) =>
        name === 'replace' ? () => Promise.reject(new Error('killed')) : Reflect.get(target, name).bind(target),
    });
    await deliverEvents(new Date(), { ...services, inventory: dying });
    await deliver();
    const ids = world.webhooks.posted.map(({ headers }) => headers['webhook-id']);
    expect(ids.length).toBe(4);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('an order of a partner without a webhook', () => {
  it('leaves no events', async () => {
    world = await OrderWorld.open();
    services = await world.begin();
    const { id } = await world.place(services);
    await world.runToEnd(id);
    expect(await deliver()).toEqual({ delivered: 0, postponed: 0 });
    await expect(event(`order.closed.${id}.end`)).rejects.toMatchObject({ name: 'not-found' });
  });
});
