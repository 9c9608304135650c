// Orders over HTTP: placed once, listed newest first, shown with what happened, to their own partner only.

import { describe, expect, it } from 'vitest';
import type { Order } from '../../src/domain/order.ts';
import { noticeKey, orderKey, serverKey, timelineKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, goodOrder, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';

describe('an order placed', () => {
  it('is accepted with what was left out filled in, kept once and started once', async () => {
    const world = new ApiWorld();
    const answer = await world.place({ hostname: 'PBX.Northwind.test.' });
    const { id } = answer.json;
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/orders/${id}`);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{26}$/),
      state: 'accepted',
      reason: 'provision',
      hostname: 'pbx.northwind.test',
      customer: 'Northwind Traders',
      publicIp: '20.30.40.50',
      sitePort: 21_326,
      connectionProfile: 'ucx-ssh',
      authority: 'letsencrypt',
      keyType: 'rsa-2048',
      createdAt: BEGIN.toISOString(),
      warnings: [],
    });
    expect(world.inventory.writes).toEqual([`add P#northwind#ORDERS ${id}`]);
    expect(world.executions.started).toEqual([
      { workflow: 'fulfil-order', name: id, input: { partner: NORTHWIND, orderId: id } },
    ]);
    expect((await world.keptOrder(id)).request.windowPolicy).toEqual({
      ...goodOrder.windowPolicy,
      confirmation: 'nobody',
      maxActiveCalls: 0,
    });
  });

  it('gives two days of notice and calls no restart through calls unless told otherwise', async () => {
    const world = new ApiWorld();
    const { timeZone, windows } = goodOrder.windowPolicy;
    const { id } = (await world.place({ windowPolicy: { timeZone, windows } })).json;
    expect((await world.keptOrder(id)).request.windowPolicy).toMatchObject({
      minimumNoticeSeconds: 172_800,
      maxActiveCalls: 0,
    });
  });

  it.each([
    {
      with: 'an IPv6 address in another spelling',
      change: { publicIp: '2A00:1450:0:0::200e' },
      shown: { publicIp: '2a00:1450::200e' },
    },
    { with: 'the last port', change: { sitePort: 65_535 }, shown: { sitePort: 65_535 } },
    {
      with: 'an A-label',
      change: { hostname: 'xn--bcher-kva.northwind.test' },
      shown: { hostname: 'xn--bcher-kva.northwind.test' },
    },
    {
      with: 'another authority and key',
      change: { authority: 'letsencrypt-staging', keyType: 'ec-p256' },
      shown: { authority: 'letsencrypt-staging', keyType: 'ec-p256' },
    },
    {
      with: 'a customer of the world',
      change: { customer: '  Zoë & Söhne 株式会社 ' },
      shown: { customer: 'Zoë & Söhne 株式会社' },
    },
  ])('may come with $with', async ({ change, shown }) => {
    const world = new ApiWorld();
    expect(await world.place(change)).toMatchObject({ status: 202, json: shown });
  });

  it('for a name over 64 characters is taken, with a warning that stays', async () => {
    const world = new ApiWorld();
    const hostname = `${'a'.repeat(51)}.northwind.test`;
    const answer = await world.place({ hostname: `a${hostname}` });
    expect(answer.status).toBe(202);
    expect(answer.json.warnings).toEqual([
      'hostname has 67 characters; over 64 the certificate carries it as a SAN only, without a common name',
    ]);
    expect((await world.ask('GET', `/v1/orders/${answer.json.id}`)).json.warnings).toHaveLength(1);
    expect((await world.place({ hostname: hostname.slice(2) }, 'k2')).json.warnings).toEqual([]);
  });
});

describe('the same order again', () => {
  it('is the same order, however its fields are turned', async () => {
    const world = new ApiWorld();
    const first = await world.place();
    const turned = Object.fromEntries(Object.entries(goodOrder).reverse());
    const again = await world.ask('POST', '/v1/orders', { body: turned, headers: { 'idempotency-key': 'k1' } });
    expect(again.status).toBe(200);
    expect(again.json).toEqual(first.json);
    expect(world.executions.started).toHaveLength(1);
  });

  it('as twins at one moment is one order, accepted once', async () => {
    const world = new ApiWorld();
    const twins = await Promise.all(Array.from({ length: 8 }, () => world.place()));
    expect(twins.map((twin) => twin.status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 202]);
    expect(new Set(twins.map((twin) => twin.json.id)).size).toBe(1);
    expect(world.executions.started).toHaveLength(1);
    expect((await world.ask('GET', '/v1/orders')).json.orders).toHaveLength(1);
  });

  it('under another key is refused while the first is open, and taken when it is closed', async () => {
    const world = new ApiWorld();
    const { id } = (await world.place()).json;
    await world.addServer({ openOrderId: id });
    const second = await world.place({}, 'k2');
    expect(second).toMatchObject({ status: 409, json: { code: 'order-open', field: 'hostname' } });
    expect(second.json.detail).toContain(`order "${id}" is still open`);
    const item = await world.inventory.find(orderKey(NORTHWIND, id));
    if (item !== undefined) await world.inventory.replace(item, { ...item.value, state: 'done' }, item.marks);
    expect((await world.place({}, 'k2')).status).toBe(202);
  });

  it('starts what could not be started the first time', async () => {
    const world = new ApiWorld();
    world.executions.trouble = new Error('away');
    expect((await world.place()).status).toBe(500);
    world.executions.trouble = undefined;
    expect((await world.place()).status).toBe(200);
    expect(world.executions.started).toHaveLength(1);
  });

  it('of another partner is another order', async () => {
    const world = new ApiWorld();
    const one = await world.place({ hostname: 'a.shared.test' });
    const other = await world.place({ hostname: 'b.shared.test' }, 'k1', { partner: SOUTHWIND });
    expect([one.status, other.status]).toEqual([202, 202]);
    expect(one.json.id).not.toBe(other.json.id);
  });
});

describe('an order shown', () => {
  it('has its appointment, its timeline and its notices in the order in which they happened', async () => {
    const world = new ApiWorld();
    const { orderId, id } = await world.waiting();
    const at = (minute: number) => new Date(BEGIN.getTime() + minute * 60_000).toISOString();
    const entry = { visit: 1, state: 'done' as const, attempts: 1 };
    for (const [step, minute] of [
      ['stage-certificate', 2],
      ['check-server', 1],
      ['register-order', 0],
    ] as const)
      await world.inventory.add(timelineKey(NORTHWIND, orderId, step, 1), { ...entry, step, startedAt: at(minute) });
    const notice = { kind: 'restart-announced', subject: 's', messageId: '<m>' };
    await world.inventory.add(noticeKey(NORTHWIND, orderId, 'n', 'c@x.test'), { ...notice, to: 'c@x.test' });
    await world.inventory.add(noticeKey(NORTHWIND, orderId, 'n', 'b@x.test'), {
      ...notice,
      to: 'b@x.test',
      deliveredAt: at(4),
    });
    await world.inventory.add(noticeKey(NORTHWIND, orderId, 'n', 'a@x.test'), {
      ...notice,
      to: 'a@x.test',
      deliveredAt: at(3),
      refused: 'no',
    });

    const { status, json } = await world.ask('GET', `/v1/orders/${orderId}`);
    expect([status, json.state, json.appointmentId]).toEqual([200, 'awaiting-window', id]);
    expect(json.appointment).toMatchObject({ id, window: '2027-01-13 02:00 to 04:00 (America/Toronto)' });
    expect(json.timeline.map((one: { step: string }) => one.step)).toEqual([
      'register-order',
      'check-server',
      'stage-certificate',
    ]);
    expect(json.notices.map((one: { to: string }) => one.to)).toEqual(['a@x.test', 'b@x.test', 'c@x.test']);
    expect(json.notices[0]).toEqual({
      kind: 'restart-announced',
      to: 'a@x.test',
      subject: 's',
      messageId: '<m>',
      deliveredAt: at(3),
    });
  });

  it('that waits for its customer has the records to set', async () => {
    const world = new ApiWorld();
    const { orderId } = await world.waiting();
    const item = await world.inventory.find(orderKey(NORTHWIND, orderId));
    if (item === undefined) throw new Error('no order');
    const record = {
      ...({ name: 'pbx.northwind.test', type: 'A', value: '203.0.113.10', where: 'public', required: true } as const),
      ...{ why: 'w', seen: ['198.51.100.9'] },
    };
    const awaiting: Order = { ...item.value, state: 'awaiting-dns', wantedRecords: [record] };
    await world.inventory.replace(item, awaiting, item.marks);
    const { json } = await world.ask('GET', `/v1/orders/${orderId}`);
    expect([json.state, json.wantedRecords]).toEqual(['awaiting-dns', [record]]);
    expect((await world.ask('GET', '/v1/orders')).json.orders[0].wantedRecords).toEqual([record]);
  });

  it('keeps to itself what is only ours', async () => {
    const world = new ApiWorld();
    const { orderId } = await world.waiting();
    const { text } = await world.ask('GET', `/v1/orders/${orderId}`);
    expect(text).not.toMatch(/callback|requestHash|idempotencyKey|partner|noticeDeadline/);
  });

  it('without appointment or history is shown all the same', async () => {
    const world = new ApiWorld();
    const { id } = (await world.place()).json;
    const { json } = await world.ask('GET', `/v1/orders/${id}`);
    expect(json).toMatchObject({ id, timeline: [], notices: [] });
    expect(json.contacts).toEqual(goodOrder.contacts);
    expect(json.windowPolicy.windows).toEqual(goodOrder.windowPolicy.windows);
    expect(json.windowPolicy).toMatchObject({
      freezeDates: [],
      maxPostponements: 9,
      emergency: 'ask',
      whenCallsPersist: 'postpone',
    });
    expect(json).not.toHaveProperty('inService');
    const unused = (await world.place({ inService: false, hostname: 'new.northwind.test' }, 'k2')).json;
    expect((await world.ask('GET', `/v1/orders/${unused.id}`)).json.inService).toBe(false);
    expect(json).not.toHaveProperty('appointment');
  });

  it('is not there for another partner, as if it had never been', async () => {
    const world = new ApiWorld();
    const { orderId } = await world.waiting();
    const other = await world.ask('GET', `/v1/orders/${orderId}`, { partner: SOUTHWIND });
    const never = await world.ask('GET', `/v1/orders/${orderId.replace(/./g, 'a')}`, { partner: SOUTHWIND });
    expect([other.status, never.status]).toEqual([404, 404]);
    expect(other.text.replace(orderId, 'x')).toBe(never.text.replace(/a{26}/, 'x'));
  });
});

describe('orders listed', () => {
  it('come newest first, in pages, each once, and only one’s own', async () => {
    const world = new ApiWorld();
    const placed: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      world.now = new Date(BEGIN.getTime() + i * 1_000);
      placed.unshift((await world.place({ hostname: `pbx${i}.northwind.test` }, `k${i}`)).json.id);
    }
    await world.place({ hostname: 'pbx.southwind.test' }, 'k', { partner: SOUTHWIND });

    const pages: string[][] = [];
    for (let path = '/v1/orders?limit=3'; ; ) {
      const { json } = await world.ask('GET', path);
      pages.push(json.orders.map((order: { id: string }) => order.id));
      if (json.next === undefined) break;
      path = `/v1/orders?limit=3&from=${json.next}`;
    }
    expect(pages).toEqual([placed.slice(0, 3), placed.slice(3, 6), placed.slice(6)]);
    expect((await world.ask('GET', '/v1/orders')).json.orders).toHaveLength(7);
    expect((await world.ask('GET', '/v1/orders', { partner: SOUTHWIND })).json.orders).toHaveLength(1);
  });

  it('are as many as asked for, 25 unless told, none at first', async () => {
    const world = new ApiWorld();
    expect((await world.ask('GET', '/v1/orders')).json).toEqual({ orders: [] });
    for (let i = 0; i < 26; i += 1) await world.place({ hostname: `pbx${i}.northwind.test` }, `k${i}`);
    expect((await world.ask('GET', '/v1/orders')).json.orders).toHaveLength(25);
    expect((await world.ask('GET', '/v1/orders?limit=100')).json.orders).toHaveLength(26);
  });

  it('do not go on from a page of another partner', async () => {
    const world = new ApiWorld();
    for (const partner of [NORTHWIND, SOUTHWIND])
      for (const key of ['k1', 'k2']) await world.place({ hostname: `${key}.${partner}.test` }, key, { partner });
    const { next } = (await world.ask('GET', '/v1/orders?limit=1')).json;
    const answer = await world.ask('GET', `/v1/orders?limit=1&from=${next}`, { partner: SOUTHWIND });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request', field: 'from' } });
  });

  it.each([
    { query: 'limit=0', field: 'limit' },
    { query: 'limit=101', field: 'limit' },
    { query: 'limit=ten', field: 'limit' },
    { query: 'limit=1.5', field: 'limit' },
    { query: 'limit=1&limit=2', field: 'limit' },
    { query: 'from=x', field: 'from' },
    { query: 'from=', field: 'from' },
    { query: `from=${'a'.repeat(2_001)}`, field: 'from' },
    { query: 'page=2', field: 'page' },
  ])('are refused for ?$query', async ({ query, field }) => {
    const world = new ApiWorld();
    const answer = await world.ask('GET', `/v1/orders?${query}`);
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request', field } });
  });
});

it('shows a server to its partner only, however its name is written', async () => {
  const world = new ApiWorld();
  await world.addServer({ staged: { fingerprint: 'ab', at: BEGIN.toISOString() }, addressWritten: '20.30.40.50' });
  const { status, json } = await world.ask('GET', '/v1/servers/PBX.northwind.test.');
  expect([status, json]).toEqual([
    200,
    {
      hostname: 'pbx.northwind.test',
      customer: 'Northwind Traders',
      publicIp: '20.30.40.50',
      sitePort: 21_326,
      connectionProfile: 'ucx-ssh',
      hostKey: `SHA256:${'A'.repeat(43)}`,
      sshStopped: false,
      staged: { fingerprint: 'ab', at: BEGIN.toISOString() },
    },
  ]);
  const other = await world.ask('GET', '/v1/servers/pbx.northwind.test', { partner: SOUTHWIND });
  expect(other).toMatchObject({ status: 404, json: { code: 'not-found', detail: 'no server "pbx.northwind.test"' } });
  expect(await world.inventory.find(serverKey(SOUTHWIND, 'pbx.northwind.test'))).toBeUndefined();
});
