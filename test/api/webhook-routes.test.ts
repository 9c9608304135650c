// Setting a webhook, looking at what became of events, and posting one again; the secret goes in and never comes out.

import { describe, expect, it } from 'vitest';
import { type EventRecord, eventKey, marksOf, webhookKey } from '../../src/steps/events.ts';
import { ApiWorld, BEGIN, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const body = { url: 'https://orders.customer.example/ucx', secret };

async function withEvents(...ids: readonly string[]): Promise<ApiWorld> {
  const world = new ApiWorld();
  for (const [i, id] of ids.entries()) {
    const event: EventRecord = {
      id,
      partner: NORTHWIND,
      orderId: 'o1',
      payload: { type: 'order.closed', timestamp: new Date(BEGIN.getTime() + i * 1000).toISOString(), data: {} },
      state: 'failed',
      attempts: 10,
      lastAnswer: 'HTTP 503',
    };
    await world.inventory.add(eventKey(NORTHWIND, id), event, marksOf(event, undefined));
  }
  world.inventory.writes.length = 0;
  return world;
}

describe('a webhook', () => {
  it('is set, shown without its secret, changed and taken away', async () => {
    const world = new ApiWorld();
    expect((await world.ask('GET', '/v1/webhook')).status).toBe(404);
    const put = await world.ask('PUT', '/v1/webhook', { body });
    expect(put).toMatchObject({ status: 200, json: { url: body.url, since: BEGIN.toISOString() } });
    expect(put.text).not.toContain('whsec');
    const { secretRef } = (await world.inventory.find(webhookKey(NORTHWIND)))?.value ?? {};
    expect(Buffer.from(await world.vault.get(secretRef ?? { name: '', version: '' }))).toEqual(Buffer.alloc(32, 7));

    await world.ask('PUT', '/v1/webhook', { body: { ...body, url: 'https://new.customer.example/' } });
    expect((await world.ask('GET', '/v1/webhook')).json.url).toBe('https://new.customer.example/');
    expect((await world.ask('GET', '/v1/webhook', { partner: SOUTHWIND })).status).toBe(404);
    expect((await world.ask('DELETE', '/v1/webhook')).status).toBe(204);
    expect((await world.ask('GET', '/v1/webhook')).status).toBe(404);
  });

  it.each([
    { with: 'http', change: { url: 'http://orders.customer.example/' }, field: 'url' },
    { with: 'no URL', change: { url: 'orders' }, field: 'url' },
    { with: 'a short secret', change: { secret: 'whsec_AAAA' }, field: 'secret' },
    { with: 'no secret', change: { secret: undefined }, field: 'secret' },
    { with: 'something else', change: { events: [] }, field: 'events' },
  ])('is refused with $with, and nothing is written', async ({ change, field }) => {
    const world = new ApiWorld();
    const answer = await world.ask('PUT', '/v1/webhook', { body: { ...body, ...change } });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request', field } });
    expect(answer.text).not.toContain('whsec_AAAA');
    expect(world.inventory.writes).toEqual([]);
  });
});

describe('deliveries', () => {
  it('are listed newest first, in pages', async () => {
    const world = await withEvents('a', 'b', 'c');
    const first = (await world.ask('GET', '/v1/webhook/deliveries?limit=2')).json;
    expect(first.deliveries.map(({ id }: { id: string }) => id)).toEqual(['c', 'b']);
    expect(first.deliveries[0]).toMatchObject({
      type: 'order.closed',
      state: 'failed',
      attempts: 10,
      lastAnswer: 'HTTP 503',
    });
    const second = (await world.ask('GET', `/v1/webhook/deliveries?limit=2&from=${first.next}`)).json;
    expect(second.deliveries.map(({ id }: { id: string }) => id)).toEqual(['a']);
    expect((await world.ask('GET', '/v1/webhook/deliveries', { partner: SOUTHWIND })).json.deliveries).toEqual([]);
  });

  it('are posted again when a person asks, and only one’s own', async () => {
    const world = await withEvents('a');
    const path = '/v1/webhook/deliveries/a/replay';
    expect((await world.ask('POST', path, { partner: SOUTHWIND })).status).toBe(404);
    expect(world.inventory.writes).toEqual([]);
    expect(await world.ask('POST', path)).toMatchObject({ status: 202, json: { state: 'pending', attempts: 0 } });
    const due = await world.inventory.listMarked('due', 'EVENTS', { limit: 10, until: BEGIN, order: 'oldest-first' });
    expect(due.items).toHaveLength(1);
  });
});
