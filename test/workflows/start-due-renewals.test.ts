// Certificates renewed for ever: ordered when their authority wants it, activated when the customer does, and never given up in silence.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Certificate } from '../../src/domain/certificate.ts';
import type { Order } from '../../src/domain/order.ts';
import { Problem } from '../../src/domain/problem.ts';
import { openingAt } from '../../src/domain/restart-window.ts';
import type { Key, Marks } from '../../src/ports/inventory.ts';
import { changeItem, orderKey } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { cutting } from '../support/cutting.ts';
import { HOSTNAME, OrderWorld, type OrderWorldOptions, PARTNER, request } from '../support/order-world.ts';
import { RenewalClock } from '../support/renewal-clock.ts';
import { randomOf } from '../support/seeded.ts';

const DAY_MS = 24 * 3_600_000;

let world: OrderWorld;
let services: Services;
let clock: RenewalClock;

/** A certificate in service, ordered over the API as the first of its server. */
async function served(options: OrderWorldOptions = {}): Promise<Certificate> {
  world = await OrderWorld.open(options);
  services = await world.begin();
  clock = new RenewalClock(world, services, randomOf(7));
  const { id } = await world.place(services);
  await world.runToEnd(id);
  expect((await world.order(id)).state).toBe('done');
  return await clock.certificate();
}

/** As Let's Encrypt: two days around the moment at which a third is left. */
function aroundAThird({ notBefore, notAfter }: { notBefore: Date; notAfter: Date }) {
  const middle = notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3;
  return { start: new Date(middle - DAY_MS), end: new Date(middle + DAY_MS) };
}

const windowOf = (order: Order) => openingAt(request.windowPolicy, new Date(order.closedAt ?? ''));

afterEach(() => world.close());

describe('a certificate', () => {
  it('is renewed over lifetimes of 90, 64 and 45 days: ordered once in each suggested window, activated in a restart window', async () => {
    let before = await served({ suggestedWindow: aroundAThird });
    for (const lifetimeDays of [64, 45, 45]) {
      world.authority.turn({ lifetimeDays });
      const order = await clock.renewed(before);

      const suggested = aroundAThird({ notBefore: new Date(before.notBefore), notAfter: new Date(before.notAfter) });
      expect(new Date(order.createdAt) >= suggested.start && new Date(order.createdAt) <= suggested.end).toBe(true);
      expect(order).toMatchObject({ state: 'done', reason: 'renew', renews: before.fingerprint });
      expect(order.replaces).toMatch(/^[\w-]+\.[\w-]+$/);
      expect(windowOf(order)).toBeDefined();
      expect(world.appliances.served()?.fingerprint).toBe(order.fingerprint);
      expect(new Date(order.closedAt ?? '') < new Date(before.notAfter)).toBe(true);

      const after = await clock.certificate();
      const livesMs = new Date(after.notAfter).getTime() - new Date(after.notBefore).getTime();
      expect(Math.round(livesMs / DAY_MS)).toBe(lifetimeDays);
      expect(after).toMatchObject({ fingerprint: order.fingerprint, orderId: order.id, failures: 0 });
      before = after;
    }
    const orders = await clock.orders();
    expect(orders.map(({ reason }) => reason).sort()).toEqual(['provision', 'renew', 'renew', 'renew']);
    expect(world.appliances.count('restart')).toBe(4);
    expect(world.authority.count('finalize')).toBe(4);
  });

  it('is renewed with a third left where the authority gives no advice', async () => {
    const before = await served();
    const order = await clock.renewed(before);
    const thirdLeft = new Date(before.notBefore).getTime() + 60 * DAY_MS;
    expect(Math.abs(new Date(order.createdAt).getTime() - thirdLeft)).toBeLessThan(3_600_000);
    expect(order.replaces).toBeUndefined();
  });

  it('is renewed at once when the authority moves its window into the past', async () => {
    let isRevoked = false;
    const windowFor: OrderWorldOptions['suggestedWindow'] = (leaf) =>
      isRevoked
        ? { start: new Date('2027-01-02T00:00:00Z'), end: new Date('2027-01-03T00:00:00Z') }
        : aroundAThird(leaf);
    const before = await served({ suggestedWindow: windowFor });
    await clock.ticksFor(2 * DAY_MS);
    expect(await clock.orders()).toHaveLength(1);
    isRevoked = true;
    const announcedAt = Date.now();
    const order = await clock.renewed(before);
    expect(new Date(order.createdAt).getTime() - announcedAt).toBeLessThanOrEqual(6.5 * 3_600_000);
  });

  it('is renewed although its authority advises to wait until nearly its end', async () => {
    const before = await served({
      suggestedWindow: ({ notAfter }) => ({ start: new Date(notAfter.getTime() - DAY_MS), end: notAfter }),
    });
    const order = await clock.renewed(before);
    const leftMs = new Date(before.notAfter).getTime() - new Date(order.createdAt).getTime();
    expect(leftMs).toBeGreaterThan(22 * DAY_MS);
    expect(order.state).toBe('done');
  });

  it('is asked about again after what the authority said, and drawn for once', async () => {
    await served({ suggestedWindow: aroundAThird });
    await clock.ticksFor(DAY_MS);
    const first = await clock.certificate();
    expect(world.advice.asked).toBe(5);
    await clock.ticksFor(DAY_MS);
    expect(await clock.certificate()).toMatchObject({ renewAt: first.renewAt, advice: first.advice });
    expect(world.advice.asked).toBe(9);
  });

  it('is renewed by what was said before while the authority cannot be asked', async () => {
    let isAway = false;
    const windowFor: OrderWorldOptions['suggestedWindow'] = (leaf) => {
      if (isAway) throw new Problem('ca-unreachable', 'authority "memory" does not answer');
      return aroundAThird(leaf);
    };
    const before = await served({ suggestedWindow: windowFor });
    await clock.ticksFor(3_600_000);
    const { renewAt } = await clock.certificate();
    isAway = true;
    await clock.ticksFor(2 * DAY_MS);
    expect(await clock.certificate()).toMatchObject({ renewAt });
    expect(new Date((await clock.renewed(before)).createdAt).getTime()).toBeLessThanOrEqual(
      new Date(renewAt ?? '').getTime() + 15 * 60_000,
    );
  });
});

describe('the schedule', () => {
  it('reads only what is due', async () => {
    await served({ suggestedWindow: aroundAThird });
    await clock.tick();
    const finds = vi.spyOn(world.inventory, 'find');
    expect(await clock.tick()).toEqual({ looked: 0, ordered: 0, failed: 0 });
    expect(finds).not.toHaveBeenCalled();
  });

  it('orders one renewal however often it comes by while it waits for its window', async () => {
    const before = await served();
    await clock.until(async () => (await clock.orders()).length === 2);
    const [renewal] = (await clock.orders()).filter(({ reason }) => reason === 'renew');
    for (let i = 0; i < 20; i += 1) await clock.tick(new Date(Date.now() + i * 3_600_000));
    expect(await clock.orders()).toHaveLength(2);
    await world.runToEnd(renewal?.id ?? '');
    expect((await clock.certificate()).fingerprint).not.toBe(before.fingerprint);
  });

  it('orders one when two schedules come by at the same moment, and one of them dies', async () => {
    const before = await served();
    vi.setSystemTime(new Date(new Date(before.notBefore).getTime() + 61 * DAY_MS));
    const dead = {
      ...services,
      executions: { ...services.executions, start: () => Promise.reject(new Error('killed')) },
    };
    await clock.tick(new Date(), dead as Services);
    await Promise.all([clock.tick(), clock.tick()]);
    const order = await clock.renewed(before);
    expect(order.state).toBe('done');
    expect(await clock.orders()).toHaveLength(2);
  });

  it('asks for advice as soon as the order is closed, also when it came by just before', async () => {
    world = await OrderWorld.open({ suggestedWindow: aroundAThird });
    const plain = world.services();
    const inventory = new Proxy(world.inventory, {
      get: (target, name) => {
        if (name !== 'add') return Reflect.get(target, name).bind(target);
        return async (key: Key<unknown>, value: unknown, marks?: Marks) => {
          const added = await target.add(key, value, marks);
          if (key.partition.endsWith('#CERTIFICATES')) await clock.tick();
          return added;
        };
      },
    });
    services = await world.begin({ ...plain, inventory });
    clock = new RenewalClock(world, plain, randomOf(7));
    const { id } = await world.place(services);
    await world.runToEnd(id);
    expect(world.advice.asked).toBe(0);
    await clock.tick();
    expect(await clock.certificate()).toMatchObject({ orderId: id, renewAt: expect.any(String) });
  });

  it('goes on with the others when one certificate cannot be looked at', async () => {
    await served();
    await world.inventory.add(
      { partition: `P#${PARTNER}#CERTIFICATES`, sort: 'damaged.northwind.test' },
      { partner: PARTNER, hostname: 'damaged.northwind.test', notAfter: 'never' },
      { due: { shelf: 'RENEWALS', at: new Date('2027-01-01T00:00:00Z') } },
    );
    expect(await clock.tick()).toEqual({ looked: 2, ordered: 0, failed: 1 });
  });

  it('orders anew when a renewal was closed and nobody had the time to count it', async () => {
    const before = await served();
    vi.setSystemTime(new Date(Date.parse(before.notBefore) + 61 * DAY_MS));
    await clock.tick(new Date(), { ...services, executions: { ...services.executions, start: async () => undefined } });
    const lost = (await clock.orders()).find(({ reason }) => reason === 'renew');
    await changeItem(
      world.inventory,
      orderKey(PARTNER, lost?.id ?? ''),
      (order) => ({ ...order, state: 'needs-attention' as const, closedAt: new Date().toISOString() }),
      () => ({}),
    );
    const order = await clock.renewed(before);
    expect(order.id).not.toBe(lost?.id);
    expect(order.state).toBe('done');
  });

  it('waits with a renewal for an order that is open for another reason', async () => {
    const before = await served();
    vi.setSystemTime(new Date(new Date(before.notBefore).getTime() + 60.5 * DAY_MS));
    const { id } = await world.place(services, {}, 'k2');
    await world.quiet();
    await clock.tick();
    expect(await clock.orders()).toHaveLength(2);
    await world.runToEnd(id);
    expect(await clock.certificate()).toMatchObject({ orderId: id });
    expect((await clock.orders()).every(({ reason }) => reason === 'provision')).toBe(true);
  });
});

describe('a schedule cut off at any call', () => {
  const dueAt = new Date('2027-03-20T00:00:00Z');
  const ports = { through: ['log.info', 'log.warn', 'log.error', 'clock.now'] };

  /** Cut there, then come by again: what became of the certificate. */
  async function cutAt(at: number, where: 'before' | 'after') {
    const before = await served({ suggestedWindow: aroundAThird });
    vi.setSystemTime(dueAt);
    const run = cutting(services, { at, where, ...ports });
    await Promise.race([run.whenCut, clock.tick(dueAt, run.services)]);
    const order = await clock.renewed(before);
    const orders = (await clock.orders()).map(({ reason, state }) => `${reason} ${state}`).sort();
    await world.close();
    return { calls: run.calls(), orders, served: order.fingerprint === world.appliances.served()?.fingerprint };
  }

  /** A cut at a call that only reads is one after the change before it. */
  const cutsAt = (call: string): readonly ('before' | 'after')[] =>
    /\.(?:add|replace|start)$/.test(call) ? ['before', 'after'] : [];

  it('orders one renewal, and it comes to be served', async () => {
    const { calls } = await cutAt(Number.POSITIVE_INFINITY, 'before');
    expect(calls).toContain('renewalAdvice.find');
    expect(calls).toContain('executions.start');
    const changes = calls.flatMap((call, i) => cutsAt(call).map((where) => ({ call, at: i + 1, where })));
    for (const { call, at, where } of changes) {
      const { orders, served: isServed } = await cutAt(at, where);
      expect({ call, where, orders, isServed }).toEqual({
        call,
        where,
        orders: ['provision done', 'renew done'],
        isServed: true,
      });
    }
    world = await OrderWorld.open();
  });
});

describe('a renewal that fails', () => {
  it('is ordered again after 1, 10 and 100 minutes and then daily, a person told of each, and ends well when it can', async () => {
    const before = await served();
    world.authority.turn({ refuse: { code: 'ca-caa-forbids', detail: 'caa: not us' } });
    const told = () =>
      world.mail.deliveredTo('ops@emetrotel.test').filter(({ subject }) => subject.startsWith('Needs a person'));
    await clock.until(() => told().length === 5);
    const failed = (await clock.orders())
      .filter(({ reason }) => reason === 'renew')
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
    const pauses = failed
      .slice(1)
      .map((order, i) => (Date.parse(order.createdAt) - Date.parse(failed[i]?.closedAt ?? '')) / 60_000);
    for (const [i, minutes] of [1, 10, 100, 1440].entries()) {
      expect(pauses[i]).toBeGreaterThanOrEqual(minutes);
      expect(pauses[i]).toBeLessThanOrEqual(minutes + 15);
    }
    expect(await clock.certificate()).toMatchObject({
      fingerprint: before.fingerprint,
      failures: 5,
      lastFailure: { code: 'ca-caa-forbids', message: expect.stringContaining('caa: not us') },
    });
    expect(told()[0]?.text).toContain('Another is ordered by itself after a while');

    world.authority.turn({ refuse: undefined });
    const order = await clock.renewed(before);
    expect(order.state).toBe('done');
    expect(await clock.certificate()).toMatchObject({ failures: 0, orderId: order.id });
    expect(await clock.certificate()).not.toHaveProperty('lastFailure');
  });

  it('is told to our people as overdue while a tenth of the lifetime is left, and ends as given up thirty days after it ended', async () => {
    const before = await served();
    world.authority.turn({ refuse: { code: 'ca-caa-forbids', detail: 'caa: not us' } });
    const subjects = () => world.mail.deliveredTo('ops@emetrotel.test').map(({ subject }) => subject);
    const overdue = `Ends soon: the certificate of ${HOSTNAME} is not renewed yet`;
    await clock.until(() => subjects().includes(overdue));
    const leftDays = (Date.parse(before.notAfter) - Date.now()) / DAY_MS;
    expect(leftDays).toBeGreaterThan(8);
    expect(leftDays).toBeLessThanOrEqual(9);

    await clock.until(() => subjects().includes(`Given up: no more renewals for ${HOSTNAME}`));
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(before.notAfter) + 30 * DAY_MS);
    expect(await clock.certificate()).toMatchObject({
      problem: { code: 'renewal-given-up', message: expect.stringContaining('ca-caa-forbids') },
    });
    const orders = (await clock.orders()).length;
    await clock.ticksFor(3 * DAY_MS);
    expect(await clock.orders()).toHaveLength(orders);
  });

  it('is taken up again by a later order', async () => {
    const before = await served();
    world.authority.turn({ refuse: { code: 'ca-caa-forbids', detail: 'caa: not us' } });
    await clock.until(async () => (await clock.certificate()).problem !== undefined);
    world.authority.turn({ refuse: undefined });
    const { id } = await world.place(services, {}, 'k2');
    await world.runToEnd(id);
    const after = await clock.certificate();
    expect(after).toMatchObject({ orderId: id, failures: 0 });
    expect(after).not.toHaveProperty('problem');
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect((await clock.renewed(after)).state).toBe('done');
  });

  it('goes on with the leaf it had been issued, which costs the authority nothing', async () => {
    const before = await served();
    await clock.cancelRestart();
    const order = await clock.renewed(before);
    const renewals = (await clock.orders()).filter(({ reason }) => reason === 'renew');
    expect(renewals.map(({ state, fingerprint }) => ({ state, fingerprint }))).toEqual(
      expect.arrayContaining([
        { state: 'cancelled', fingerprint: order.fingerprint },
        { state: 'done', fingerprint: order.fingerprint },
      ]),
    );
    expect(renewals).toHaveLength(2);
    expect(world.authority.count('finalize')).toBe(2);
    expect(world.appliances.served()?.fingerprint).toBe(order.fingerprint);
  });

  it('is issued anew when the leaf that lay ready has become old itself', async () => {
    const before = await served();
    world.authority.turn({ lifetimeDays: 7 });
    await clock.cancelRestart();
    world.authority.turn({ lifetimeDays: 90 });
    const order = await clock.renewed(before);
    expect(order).not.toHaveProperty('takesOver');
    expect(world.authority.count('finalize')).toBe(3);
  });

  it('is not ordered for a week after a person cancelled its restart', async () => {
    await served();
    await clock.cancelRestart();
    const cancelled = Date.now();
    await clock.until(async () => (await clock.orders()).length === 3);
    expect((Date.now() - cancelled) / DAY_MS).toBeGreaterThan(6.9);
    expect((Date.now() - cancelled) / DAY_MS).toBeLessThan(7.2);
  });
});
