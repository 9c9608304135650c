// An order for a name outside our zones: it waits for what only the customer can set, says so, reminds, goes on by itself or gives up.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { timelinePartition } from '../../src/domain/inventory-key.ts';
import type { OrderRequest } from '../../src/domain/order.ts';
import type { Item, Marks } from '../../src/ports/inventory.ts';
import { cutAfterEachStep, cutEverywhere, cutInsideEachStep } from '../../src/sandbox/engine/cut.ts';
import { allItems } from '../../src/steps/all-items.ts';
import { getItem, serverKey, type TimelineEntry } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { cancelOrder } from '../../src/workflows/cancel-order.ts';
import { effectsOf } from '../support/order-effects.ts';
import { BEGIN, DELEGATION_ZONE, OrderWorld, type OrderWorldOptions, PARTNER } from '../support/order-world.ts';

const NAME = 'pbx.customer.test';
const CHALLENGE = `_acme-challenge.${NAME}`;
const TARGET = `${NAME}.${DELEGATION_ZONE}`;
const ADDRESS = '203.0.113.10';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let world: OrderWorld;
afterEach(() => world.close());

async function begun(options: OrderWorldOptions = {}, change: Partial<OrderRequest> = {}) {
  world = await OrderWorld.open(options);
  const services = await world.begin();
  const { id } = await world.place(services, { hostname: NAME, ...change });
  return { id, services };
}

async function waits(id: string): Promise<void> {
  await world.run(async () => (await world.order(id)).state === 'awaiting-dns' && subjectsTo('ana').length > 0);
}

/** As the customer does it. */
function setAll(): void {
  world.publicDns.putRecords(NAME, 'A', [ADDRESS]);
  world.publicDns.putRecords(CHALLENGE, 'CNAME', [TARGET]);
}

function subjectsTo(who: 'ana' | 'ops'): readonly string[] {
  const address = who === 'ana' ? 'ana@northwind.test' : 'ops@emetrotel.test';
  return world.mail.deliveredTo(address).map(({ subject }) => subject);
}

async function looks(services: Services, id: string): Promise<readonly TimelineEntry[]> {
  const entries = await allItems<TimelineEntry>(services.inventory, timelinePartition(PARTNER, id));
  return entries.map(({ value }) => value).filter(({ step }) => step === 'await-dns');
}

/** How often it was looked and the answer noted. */
async function attempts(services: Services, id: string): Promise<number> {
  const ended = (await looks(services, id)).filter(({ state }) => state !== 'running');
  return ended.reduce((sum, entry) => sum + entry.attempts, 0);
}

const FIRST = `DNS records to set for ${NAME}`;
const REMINDER = `Reminder: ${FIRST}`;

describe('an order for a name outside our zones', () => {
  it('waits, with the exact records on it and in the mail, and goes on by itself once they are set', async () => {
    const { id } = await begun();
    await waits(id);
    const waiting = await world.order(id);
    expect(waiting.wantedRecords).toEqual([
      expect.objectContaining({ name: NAME, type: 'A', value: ADDRESS, where: 'public', required: true, seen: [] }),
      expect.objectContaining({ name: CHALLENGE, type: 'CNAME', value: TARGET, where: 'public', required: true }),
      expect.objectContaining({ name: NAME, where: 'lan', required: false }),
    ]);
    expect(world.mail.deliveredTo('ana@northwind.test')[0]?.text).toContain(`\n  ${CHALLENGE}. CNAME ${TARGET}.\n`);
    expect(world.authority.count('newOrder')).toBe(0);

    setAll();
    await world.runToEnd(id);
    const order = await world.order(id);
    expect([order.state, order.wantedRecords, order.awaitingDnsSince]).toEqual(['done', undefined, undefined]);
    expect(subjectsTo('ana')).toEqual([
      FIRST,
      expect.stringMatching(/^InfinityOne restart/),
      ...Array.from({ length: 2 }, () => expect.stringMatching(/^Reminder: InfinityOne restart/)),
      expect.stringMatching(/^Done/),
    ]);
    expect(effectsOf(world, NAME)).toMatchObject({ finalize: 1, restarts: 1, address: [], txtLeft: [] });
  });

  it('does not wait where all is set already', async () => {
    world = await OrderWorld.open();
    setAll();
    const services = await world.begin();
    const { id } = await world.place(services, { hostname: NAME });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(subjectsTo('ana')).not.toContain(FIRST);
  });

  it('waits for a further name too, while the hostname in our zone is set by us', async () => {
    const { id } = await begun({}, { hostname: 'pbx.northwind.test', alternativeNames: [NAME] });
    await world.run(async () => (await world.order(id)).state === 'awaiting-dns' && subjectsTo('ana').length > 0);
    expect((await world.order(id)).wantedRecords?.map(({ name, type }) => [name, type])).toEqual([
      [CHALLENGE, 'CNAME'],
    ]);
    world.publicDns.putRecords(CHALLENGE, 'CNAME', [TARGET]);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(world.zones.valuesAt('pbx.northwind.test', 'A')).toEqual([ADDRESS]);
  });

  it('shows what stands there instead, and goes on only when the last one is right', async () => {
    const { id } = await begun();
    await waits(id);
    world.publicDns.putRecords(CHALLENGE, 'CNAME', [TARGET]);
    world.publicDns.putRecords(NAME, 'A', ['198.51.100.9']);
    world.publicDns.putCaa('customer.test', [{ flags: 0, tag: 'issue', value: 'other.test' }]);
    await world.run(async () => (await world.order(id)).wantedRecords?.[0]?.seen.length === 1);
    expect((await world.order(id)).wantedRecords?.filter(({ required }) => required)).toEqual([
      expect.objectContaining({ name: NAME, seen: ['198.51.100.9'] }),
      expect.objectContaining({ name: 'customer.test', type: 'CAA', value: '0 issue "memory.test"' }),
    ]);
    setAll();
    await world.run(async () => (await world.order(id)).wantedRecords?.length === 2);
    expect((await world.order(id)).state).toBe('awaiting-dns');
    world.publicDns.putCaa('customer.test', []);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it('whose name servers are silent waits for them', async () => {
    world = await OrderWorld.open();
    world.publicDns.turn('customer.test', 'nobody answers');
    const services = await world.begin();
    const { id } = await world.place(services, { hostname: NAME });
    await waits(id);
    expect((await world.order(id)).wantedRecords?.[0]).toMatchObject({
      seen: [],
      unseen: expect.stringContaining(NAME),
    });
  });

  it('whose domain has broken signatures is told that, not that records are missing', async () => {
    world = await OrderWorld.open();
    setAll();
    world.publicDns.turn('customer.test', 'all fail');
    const services = await world.begin();
    const { id } = await world.place(services, { hostname: NAME });
    await world.runToEnd(id);
    expect((await world.order(id)).problem).toMatchObject({ code: 'dnssec-bogus', step: 'check-names' });
    expect(subjectsTo('ana')).toEqual([]);
  });

  it('whose zone comes to us is set by us', async () => {
    const { id } = await begun();
    await waits(id);
    world.zones.addZone('customer.test');
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(world.zones.valuesAt(NAME, 'A')).toEqual([ADDRESS]);
  });
});

describe('while nothing is set', () => {
  it('everyone is reminded after a day, three and seven, and after two weeks a person has it', async () => {
    const { id, services } = await begun();
    const told: string[] = [];
    await waits(id);
    for (const days of [0.9, 1.1, 2.9, 3.1, 6.9, 7.1, 13.9]) {
      vi.setSystemTime(BEGIN.getTime() + days * DAY_MS);
      const before = await attempts(services, id);
      // The look that says somebody is to be told, and the one after the mail.
      await world.run(async () => (await attempts(services, id)) > before + 1);
      told.push(`${days}: ${subjectsTo('ana').length}`);
    }
    vi.setSystemTime(BEGIN.getTime() + 14 * DAY_MS);
    expect(told).toEqual(['0.9: 1', '1.1: 2', '2.9: 2', '3.1: 3', '6.9: 3', '7.1: 4', '13.9: 4']);
    await world.runToEnd(id);
    expect(subjectsTo('ana')).toEqual([FIRST, REMINDER, REMINDER, REMINDER]);
    expect(subjectsTo('ops')).toEqual([FIRST, REMINDER, REMINDER, REMINDER, `Needs a person: ${NAME}`]);
    const order = await world.order(id);
    expect(order).toMatchObject({ state: 'needs-attention', problem: { code: 'dns-not-set', step: 'await-dns' } });
    expect(order.problem?.message).toContain(`${CHALLENGE}. CNAME ${TARGET}.`);
    expect(order.wantedRecords).toHaveLength(3);
    expect(Date.parse(order.closedAt ?? '') - BEGIN.getTime()).toBeGreaterThanOrEqual(14 * DAY_MS);
    expect(Date.parse(order.closedAt ?? '') - BEGIN.getTime()).toBeLessThan(14 * DAY_MS + HOUR_MS);
    // One entry a notice, however often it was looked.
    expect(await looks(services, id)).toHaveLength(5);
  });

  it('a first notice nobody gets stops the order', async () => {
    const { id } = await begun({ mailFate: ({ to }) => (to === 'ana@northwind.test' ? 'refused' : 'delivered') });
    await world.runToEnd(id);
    expect((await world.order(id)).problem).toMatchObject({ code: 'nobody-told', step: 'send-notice' });
  });
});

describe('a person', () => {
  it('cancels an order that waits: its server is free at once, and nothing is done when the records come', async () => {
    const { id, services } = await begun();
    await waits(id);
    expect(await cancelOrder(PARTNER, id, services)).toMatchObject({ state: 'cancelled' });
    expect(await cancelOrder(PARTNER, id, services)).toMatchObject({ state: 'cancelled' });
    setAll();
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'cancelled' });
    expect(world.authority.count('newOrder')).toBe(0);

    const next = await world.place(services, { hostname: NAME }, 'k2');
    await world.runToEnd(next.id);
    expect((await world.order(next.id)).state).toBe('done');
  });

  it('who died on the way has cancelled it all the same', async () => {
    const { id, services } = await begun();
    await waits(id);
    const dying = new Proxy(world.inventory, {
      get: (target, name) => {
        const member = Reflect.get(target, name).bind(target);
        if (name !== 'replace') return member;
        return async (item: Item<unknown>, value: unknown, marks?: Marks) => {
          await member(item, value, marks);
          throw new Error('killed');
        };
      },
    });
    await expect(cancelOrder(PARTNER, id, { ...services, inventory: dying })).rejects.toThrow('killed');
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'cancelled' });
    const server = await getItem(world.inventory, serverKey(PARTNER, NAME));
    expect(server.value.openOrderId).toBeUndefined();
  });

  it('cannot cancel what does not wait any more', async () => {
    const { id, services } = await begun();
    await waits(id);
    setAll();
    await world.runToEnd(id);
    await expect(cancelOrder(PARTNER, id, services)).rejects.toMatchObject({ name: 'order-not-waiting' });
    await expect(cancelOrder(PARTNER, 'none', services)).rejects.toMatchObject({ name: 'not-found' });
  });
});

describe('an order that waits and is cut off', () => {
  it.each([
    { where: 'after each step', cut: cutAfterEachStep },
    { where: 'inside each step, between its effect and its note', cut: cutInsideEachStep },
    { where: 'everywhere', cut: cutEverywhere },
  ])('tells each once and goes on as without cuts when the run ends $where', async ({ cut }) => {
    world = await OrderWorld.open();
    const services = await world.begin(world.services(), cut());
    const { id } = await world.place(services, { hostname: NAME });
    await world.run(() => Date.now() >= BEGIN.getTime() + 1.5 * DAY_MS);
    setAll();
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(subjectsTo('ana').slice(0, 2)).toEqual([FIRST, REMINDER]);
    expect(subjectsTo('ana')).toHaveLength(6);
    expect(effectsOf(world, NAME)).toMatchObject({ finalize: 1, restarts: 1, txtLeft: [] });
  });

  it('is not given up because a look dies now and then, but is when three in a row do', async () => {
    world = await OrderWorld.open();
    const known = world.services();
    let asked = 0;
    let dies = (look: number) => look % 3 !== 0;
    const publicDns: Services['publicDns'] = {
      findCaa: (name) => known.publicDns.findCaa(name),
      judgeDnssec: (name) => known.publicDns.judgeDnssec(name),
      findRecords: async (name, type) => {
        if (type === 'A') asked += 1;
        if (type === 'A' && dies(asked)) throw new Error('out of memory');
        return known.publicDns.findRecords(name, type);
      },
    };
    const services = await world.begin({ ...known, publicDns });
    const { id } = await world.place(services, { hostname: NAME });
    await world.run(() => asked > 30);
    expect((await world.order(id)).state).toBe('awaiting-dns');
    dies = () => true;
    await world.runToEnd(id);
    expect((await world.order(id)).problem).toMatchObject({ code: 'step-died', step: 'await-dns' });
  });

  it('is taken up by the next process, and nobody is told twice', async () => {
    const { id } = await begun();
    await waits(id);
    await world.kill();
    await world.begin();
    setAll();
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(subjectsTo('ana').filter((subject) => subject === FIRST)).toHaveLength(1);
  });
});
