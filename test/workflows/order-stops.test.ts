// Every way an order stops short: the old certificate stays served, nothing is done twice, and the right person knows.

import { afterEach, describe, expect, it } from 'vitest';
import { guardKey, serverKey } from '../../src/steps/records.ts';
import { effectsOf } from '../support/order-effects.ts';
import { HOSTNAME, OrderWorld, type OrderWorldOptions, PARTNER, request } from '../support/order-world.ts';

let world: OrderWorld;
afterEach(() => world.close());

async function ended(prepare: (world: OrderWorld) => void | Promise<void>, options: OrderWorldOptions = {}) {
  world = await OrderWorld.open(options);
  await prepare(world);
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.runToEnd(id);
  const toOps = world.mail.deliveredTo('ops@emetrotel.test').map((mail) => mail.subject);
  return { services, id, order: await world.order(id), effects: effectsOf(world, HOSTNAME), toOps };
}

const FACTORY = 'f'.repeat(64);

describe('before anything is spent', () => {
  it.each([
    { when: 'the service is down', dials: { serviceUp: false }, code: 'server-not-ready' },
    { when: 'key and certificate there do not match', dials: { liveSetLoads: false }, code: 'server-not-ready' },
    { when: 'its disk is full', dials: { diskFull: true }, code: 'server-not-ready' },
  ])('stops when $when', async ({ dials, code }) => {
    const { order, effects, toOps } = await ended((world) => world.appliances.turn(dials));
    expect(order).toMatchObject({ state: 'needs-attention', problem: { code, step: 'check-server' } });
    expect(effects).toMatchObject({ finalize: 0, restarts: 0, served: FACTORY });
    expect(toOps).toEqual(['Needs a person: pbx.northwind.test']);
  });

  it('waits a day for a server that cannot be reached, then asks a person', async () => {
    const { order } = await ended((world) => world.appliances.turn({ unreachable: true }));
    expect(order.problem).toMatchObject({ code: 'server-unreachable', step: 'check-server' });
    expect(new Date().toISOString()).toMatch(/^2027-01-12T15/);
  });

  it('leaves an address record alone that says something else', async () => {
    const { order, effects } = await ended((world) => world.zones.put(HOSTNAME, 'A', ['198.51.100.9']));
    expect(order.problem).toMatchObject({ code: 'record-conflict', step: 'set-address' });
    expect(effects.address).toEqual(['198.51.100.9']);
  });

  it('stops for a name outside our zones where there is no delegation zone a customer could be told of', async () => {
    world = await OrderWorld.open();
    const known = world.services();
    const services = await world.begin({ ...known, settings: { ...known.settings, delegationZone: undefined } });
    const { id } = await world.place(services, { hostname: 'pbx.customer.test' });
    await world.runToEnd(id);
    expect((await world.order(id)).problem).toMatchObject({ code: 'no-zone-for-name', step: 'await-dns' });
  });

  it('stops for a name whose grant was taken back after the order was accepted', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    const settings = { ...services.settings, grants: { [PARTNER]: ['elsewhere.test'] } };
    const { id } = await world.place({ ...services, settings }, { hostname: 'pbx.elsewhere.test' });
    await world.runToEnd(id);
    expect((await world.order(id)).problem).toMatchObject({ code: 'name-not-allowed', step: 'register-order' });
  });
});

describe('SSH', () => {
  it('tries a key that is refused once an order, and after the second stays away until a person clears it', async () => {
    const { services, order } = await ended((world) => world.appliances.turn({ refusesKey: true }));
    expect(order.problem?.code).toBe('ssh-authentication-refused');
    expect(world.appliances.count('attempts')).toBe(1);

    for (const [key, attempts, code] of [
      ['k2', 2, 'ssh-authentication-refused'],
      ['k3', 2, 'ssh-stopped'],
      ['k4', 2, 'ssh-stopped'],
    ] as const) {
      const { id } = await world.place(services, {}, key);
      await world.runToEnd(id);
      expect((await world.order(id)).problem?.code).toBe(code);
      expect(world.appliances.count('attempts')).toBe(attempts);
    }

    world.appliances.turn({ refusesKey: false });
    await services.inventory.remove(guardKey(PARTNER, HOSTNAME));
    const { id } = await world.place(services, {}, 'k5');
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it('refuses a host key that is not the pinned one', async () => {
    const { services, order } = await ended(() => {});
    expect(order.state).toBe('done');
    world.appliances.turn({ hostKey: `SHA256:${'B'.repeat(43)}` });
    const { id } = await world.place(services, {}, 'k2');
    await world.runToEnd(id);
    expect((await world.order(id)).problem?.code).toBe('host-key-mismatch');
    const server = await services.inventory.find(serverKey(PARTNER, HOSTNAME));
    expect(server?.value.hostKey).toBe(`SHA256:${'A'.repeat(43)}`);
  });
});

describe('the authority', () => {
  it('that has forgotten the acmeOrder gets a new one', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    world.authority.turn({ gone: true });
    const { id } = await world.place(services);
    await world.run(() => world.authority.count('newOrder') === 2);
    world.authority.turn({ gone: false });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(effectsOf(world, HOSTNAME)).toMatchObject({ finalize: 1, restarts: 1 });
  });

  it('that limits us is asked again after its Retry-After', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    world.authority.turn({ rateLimit: { retryAfterMs: 3_600_000, operations: ['place'] } });
    const { id } = await world.place(services);
    await world.run(
      () =>
        new Date() >= new Date('2027-01-11T15:30:00Z') ||
        world.log.lines().some((line) => line.fields.code === 'ca-rate-limited'),
    );
    world.authority.turn({ rateLimit: undefined });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it('that refuses ends the order with its own words', async () => {
    const { order, effects } = await ended((world) =>
      world.authority.turn({ refuse: { code: 'ca-caa-forbids', detail: 'CAA says no' } }),
    );
    expect(order).toMatchObject({
      state: 'needs-attention',
      problem: { code: 'ca-caa-forbids', step: 'answer-challenges' },
    });
    expect(order.problem?.message).toContain('CAA says no');
    expect(effects).toMatchObject({ finalize: 0, served: FACTORY });
  });

  it('whose authorization is still valid is not asked to look again', async () => {
    const { services, order } = await ended((world) => world.authority.turn({ reuseAuthorizations: true }));
    expect(order.state).toBe('done');
    const { id } = await world.place(services, {}, 'k2');
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(effectsOf(world, HOSTNAME)).toMatchObject({ finalize: 2, restarts: 2 });
  });
});

describe('the activation', () => {
  it('rolls back when the service does not come up with the new set, and everyone hears of it', async () => {
    const { order, effects, toOps } = await ended((world) => world.appliances.turn({ refusesNewChain: true }));
    expect(order).toMatchObject({ state: 'needs-attention', problem: { code: 'activation-rolled-back' } });
    expect(order.problem?.message).toContain('the new certificate was rolled back 2 times');
    expect(effects).toMatchObject({ finalize: 1, restarts: 4, served: FACTORY, liveIsServed: true });
    expect(world.mail.deliveredTo('ana@northwind.test').at(-1)?.subject).toContain('Rolled back');
    expect(toOps.filter((subject) => subject.startsWith('Rolled back'))).toHaveLength(2);
    expect(toOps.slice(-2)).toEqual([
      'Rolled back: pbx.northwind.test serves its old certificate',
      'Needs a person: pbx.northwind.test',
    ]);
  });

  it('that was rolled back is tried once more in the next window, and everyone hears of it', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    world.appliances.turn({ refusesNewChain: true });
    const { id } = await world.place(services);
    await world.run(() => world.appliances.count('restart') === 2);
    world.appliances.turn({ refusesNewChain: false });
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'done' });
    expect(effectsOf(world, HOSTNAME)).toMatchObject({ finalize: 1, sets: 1, restarts: 3, liveIsServed: true });
    expect(new Date().toISOString()).toMatch(/^2027-01-20T07/);
    const told = world.mail.deliveredTo('ana@northwind.test').map(({ subject }) => subject.split(' ')[0]);
    const reminders = ['Reminder:', 'Reminder:'];
    expect(told).toEqual(['InfinityOne', ...reminders, 'Rolled', 'Again:', ...reminders, 'Done:']);
  });

  it('that was rolled back where it may not be put off stops there', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    world.appliances.turn({ refusesNewChain: true });
    const { id } = await world.place(services, { windowPolicy: { ...request.windowPolicy, maxPostponements: 0 } });
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({
      state: 'needs-attention',
      problem: { code: 'activation-rolled-back', message: expect.stringContaining('allows 0 postponement(s)') },
    });
    expect(world.appliances.count('restart')).toBe(2);
  });

  it('that was cut off before its restart is undone, and another window agreed on', async () => {
    const { order, effects } = await ended((world) => world.appliances.turn({ cutBeforeRestart: true }));
    expect(order.state).toBe('done');
    expect(effects).toMatchObject({ restarts: 1, finalize: 1 });
    expect(new Date().toISOString()).toMatch(/^2027-01-20T07/);
    const postponed = world.mail.deliveredTo('ana@northwind.test').find((mail) => mail.subject.startsWith('Postponed'));
    expect(postponed?.text).toContain('Why: cut off before the files were exchanged');
  });

  it('says so loudly when the service stays down', async () => {
    const { order, toOps } = await ended((world) => world.appliances.turn({ restartFails: true }));
    expect(order.problem?.code).toBe('service-down');
    expect(toOps.at(-1)).toBe('Needs a person: pbx.northwind.test');
  });

  it('rolls back when inside another chain is served than the staged one', async () => {
    const { order, effects } = await ended(() => {}, { inside: () => ({ kind: 'served', served: somebodyElses() }) });
    expect(order.problem?.code).toBe('activation-rolled-back');
    expect(effects).toMatchObject({ restarts: 4, served: FACTORY });
  });

  it.each([
    { outside: 'unreachable', see: () => undefined },
    { outside: 'another chain', see: () => ({ kind: 'served', served: somebodyElses() }) as const },
  ])('is kept when inside is right and outside is $outside; our people are told', async ({ see }) => {
    const { order, effects, toOps } = await ended(() => {}, { outside: see });
    expect(order.state).toBe('done');
    expect(effects).toMatchObject({ restarts: 1 });
    expect(toOps.at(-1)).toBe('Look from outside: pbx.northwind.test');
  });

  it('is neither repeated nor rolled back while inside cannot be seen afterwards', async () => {
    let blind = false;
    world = await OrderWorld.open({ inside: () => (blind ? undefined : ordinary()) });
    const services = await world.begin();
    const { id } = await world.place(services);
    await world.run(() => world.appliances.count('restart') === 1);
    blind = true;
    await world.run(() => new Date() >= new Date('2027-01-13T08:00:00Z'));
    expect(world.appliances.count('restart')).toBe(1);
    blind = false;
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(world.appliances.count('restart')).toBe(1);
  });
});

describe('the workflow itself', () => {
  it('is missed when its execution fails: the sweep closes the order and tells a person', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    const { id } = await world.place(services);
    await world.run(async () => (await world.order(id)).state === 'awaiting-window');
    await world.engine.stop(id);
    expect(await world.sweep(services)).toMatchObject({ abandoned: 1 });
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'execution-failed' } });
    expect(world.mail.deliveredTo('ops@emetrotel.test').at(-1)?.subject).toBe('Needs a person: pbx.northwind.test');
    expect(await world.sweep(services)).toMatchObject({ abandoned: 0 });
  });

  it('lets one order at a time have a server, also when both were accepted at once', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    const [a, b] = await Promise.all([world.place(services, {}, 'ka'), world.place(services, {}, 'kb')]);
    await world.run(
      async () =>
        (await world.engine.find(a.id))?.status !== 'RUNNING' && (await world.engine.find(b.id))?.status !== 'RUNNING',
    );
    const states = [(await world.order(a.id)).state, (await world.order(b.id)).state].sort();
    expect(states).toEqual(['done', 'needs-attention']);
    expect(effectsOf(world, HOSTNAME)).toMatchObject({ finalize: 1, restarts: 1 });
  });
});

function somebodyElses() {
  return { ...ordinaryChain(), fingerprint: 'e'.repeat(64) };
}

function ordinary() {
  const set = world.appliances.served();
  return set && ({ kind: 'served', served: { ...ordinaryChain(), fingerprint: set.fingerprint } } as const);
}

function ordinaryChain() {
  return {
    chainPem: [],
    notBefore: new Date('2026-12-01T00:00:00Z'),
    notAfter: new Date('2027-03-01T00:00:00Z'),
    names: [HOSTNAME],
    issuer: 'CN=Test',
    serial: '1',
    protocol: 'TLSv1.3',
    trusted: true,
    distrust: undefined,
  };
}
