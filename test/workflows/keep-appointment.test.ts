// What people and the clock do to a restart: it happens inside a window everybody was told of, or not at all.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { appointmentId } from '../../src/domain/appointment.ts';
import { holdKeyOf } from '../../src/steps/holds.ts';
import { appointmentKey, certificateKey, changeItem, getItem, holdKey } from '../../src/steps/records.ts';
import { RESTARTS_AT_ONCE, takeRestartSlot } from '../../src/steps/restart-slots.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptRenewal } from '../../src/workflows/accept-order.ts';
import { changeAppointment } from '../../src/workflows/change-appointment.ts';
import { HOSTNAME, OrderWorld, type OrderWorldOptions, PARTNER, request } from '../support/order-world.ts';
import { readCalendar } from '../support/read-calendar.ts';

let world: OrderWorld;
afterEach(() => world.close());

const DAY_MS = 24 * 3_600_000;
const FIRST_WINDOW = '2027-01-13T07:00:00.000Z';
const NEXT_WINDOW = '2027-01-20T07:00:00.000Z';

/** An order that waits for its window: everything is staged, everyone is told. */
async function waiting(change: Partial<typeof request> = {}, options: OrderWorldOptions = {}) {
  world = await OrderWorld.open(options);
  const services = await world.begin();
  const { id } = await world.place(services, change);
  await world.run(
    async () =>
      (await appointment(services, id)) !== undefined && (await appointment(services, id))?.callbackId !== undefined,
  );
  return { services, id, first: appointmentId(id, 1) };
}

async function appointment(services: Services, orderId: string, number = 1) {
  return (await services.inventory.find(appointmentKey(PARTNER, appointmentId(orderId, number))))?.value;
}

function subjects(): readonly string[] {
  return world.mail
    .deliveredTo('ana@northwind.test')
    .map((mail) => mail.subject.replace(/ on pbx.northwind.test.*| pbx.northwind.test.*/, ''));
}

/** What the mails did to a calendar, oldest first. */
function entries() {
  return world.mail
    .deliveredTo('ana@northwind.test')
    .flatMap(({ calendar }) => (calendar === undefined ? [] : [readCalendar(calendar.content)]))
    .map(({ uid, method, sequence, startsAt }) => ({ uid, method, sequence, at: startsAt.toISOString() }));
}

describe('a person', () => {
  it('moves the restart: it happens then, and everyone has heard of the change', async () => {
    const { services, id, first } = await waiting();
    await changeAppointment(PARTNER, first, { act: 'move', opensAt: new Date('2027-01-20T07:30:00Z') }, services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(new Date().toISOString()).toMatch(/^2027-01-20T07:3/);
    expect(world.appliances.count('restart')).toBe(1);
    expect(subjects()).toEqual([
      'InfinityOne restart',
      'Moved: InfinityOne restart',
      ...['Reminder: InfinityOne restart', 'Reminder: InfinityOne restart'],
      'Done:',
    ]);
  });

  it('cancels it: nothing is restarted, the old certificate stays served', async () => {
    const { services, id, first } = await waiting();
    await changeAppointment(PARTNER, first, { act: 'cancel' }, services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('cancelled');
    expect((await appointment(services, id))?.state).toBe('cancelled');
    expect(world.appliances.count('restart')).toBe(0);
    expect(subjects()).toEqual(['InfinityOne restart', 'Cancelled: InfinityOne restart']);
  });

  it('brings it forward to now: without the window, told all the same', async () => {
    const { services, id, first } = await waiting();
    await changeAppointment(PARTNER, first, { act: 'run-now' }, services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(new Date().toISOString()).toMatch(/^2027-01-11T15:0/);
    expect(subjects()).toEqual(['InfinityOne restart', 'InfinityOne restart', 'Done:']);
  });

  it('is heard also when the process dies between keeping the change and waking the run', async () => {
    const { services, id, first } = await waiting();
    await world.kill();
    const deaf = { ...services, executions: { ...services.executions, wake: () => new Promise<boolean>(() => {}) } };
    void changeAppointment(PARTNER, first, { act: 'cancel' }, deaf as Services);
    await world.quiet();
    const again = await world.begin();
    expect(await world.sweep(again)).toMatchObject({ nudged: 1 });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('cancelled');
  });

  it('cannot change what has begun or is over', async () => {
    const { services, id, first } = await waiting();
    await world.runToEnd(id);
    for (const act of ['confirm', 'cancel', 'run-now'] as const) {
      await expect(changeAppointment(PARTNER, first, { act }, services)).rejects.toMatchObject({
        name: 'appointment-closed',
      });
    }
  });
});

describe('a restart that needs a yes', () => {
  const needsYes = { windowPolicy: { ...request.windowPolicy, confirmation: 'contact' as const } };

  it('happens after it', async () => {
    const { services, id, first } = await waiting(needsYes);
    await changeAppointment(PARTNER, first, { act: 'confirm' }, services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(new Date().toISOString()).toMatch(/^2027-01-13T07:0/);
  });

  it('has it still when the process died after opening the window and before telling the server', async () => {
    const { services, id, first } = await waiting({
      windowPolicy: { ...request.windowPolicy, confirmation: 'ops' as const },
    });
    await changeAppointment(PARTNER, first, { act: 'confirm', by: { side: 'ops' } }, services);
    await world.kill();
    const item = await getItem(services.inventory, appointmentKey(PARTNER, first));
    await services.inventory.replace(item, { ...item.value, state: 'open' });
    vi.setSystemTime(new Date(FIRST_WINDOW).getTime() + 60_000);
    await world.begin();
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(new Date().toISOString()).toMatch(/^2027-01-13T07:0/);
  });

  it('is missed without it, and announced for the next window: one entry in calendars, which moves, and goes when it is cancelled', async () => {
    const { services, id } = await waiting(needsYes);
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect(await appointment(services, id, 1)).toMatchObject({
      state: 'missed',
      why: 'nobody confirmed it before the window closed',
    });
    expect(await appointment(services, id, 2)).toMatchObject({ state: 'announced', opensAt: NEXT_WINDOW });
    expect(world.appliances.count('restart')).toBe(0);
    expect(world.mail.deliveredTo('ana@northwind.test').at(-1)?.text).toContain('Why: nobody confirmed it');
    const uid = `${id}@certificates.emetrotel.test`;
    await changeAppointment(PARTNER, appointmentId(id, 2), { act: 'cancel' }, services);
    await world.runToEnd(id);
    expect(entries()).toEqual([
      { uid, method: 'PUBLISH', sequence: 0, at: FIRST_WINDOW },
      { uid, method: 'PUBLISH', sequence: 100_000, at: NEXT_WINDOW },
      { uid, method: 'CANCEL', sequence: 100_001, at: NEXT_WINDOW },
    ]);
  });
});

describe('a restart that may be put off once', () => {
  const once = {
    windowPolicy: { ...request.windowPolicy, confirmation: 'ops' as const, maxPostponements: 1 },
  };

  it('is not made anew when it was missed for the second time: our people decide, and the old certificate is served', async () => {
    const { services, id } = await waiting(once);
    expect(world.mail.deliveredTo('ana@northwind.test').at(-1)?.text).toContain('only if E-MetroTel confirms it');
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'postponed-too-often' } });
    expect(await appointment(services, id, 2)).toMatchObject({ state: 'missed', postponements: 1 });
    expect(await appointment(services, id, 3)).toBeUndefined();
    expect(world.appliances.count('restart')).toBe(0);
  });

  it('is not made anew either when it was moved and missed', async () => {
    const { services, id, first } = await waiting(once);
    await changeAppointment(PARTNER, first, { act: 'move', opensAt: new Date(NEXT_WINDOW) }, services);
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'postponed-too-often' } });
    expect(await appointment(services, id, 2)).toBeUndefined();
  });
});

describe('the window', () => {
  it('is not forced by a late wake-up: a process that was down through it makes a new appointment', async () => {
    const { services, id } = await waiting();
    await world.kill();
    vi.setSystemTime(new Date(FIRST_WINDOW).getTime() + DAY_MS);
    await world.begin();
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect(world.appliances.count('restart')).toBe(0);
    expect(await appointment(services, id, 1)).toMatchObject({ state: 'missed' });
    await world.runToEnd(id);
    expect(new Date().toISOString()).toMatch(/^2027-01-20T07:0/);
    expect(world.appliances.count('restart')).toBe(1);
  });

  it('is not forced either when the process died after opening it and before telling the server', async () => {
    const { services, id } = await waiting();
    await world.kill();
    const item = await getItem(services.inventory, appointmentKey(PARTNER, appointmentId(id, 1)));
    await services.inventory.replace(item, { ...item.value, state: 'open' });
    vi.setSystemTime(new Date(FIRST_WINDOW).getTime() + DAY_MS);
    await world.begin();
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect(world.appliances.count('restart')).toBe(0);
    expect(await appointment(services, id, 1)).toMatchObject({ state: 'missed' });
  });

  it('waits for quiet inside it, and is missed when calls go on to its end', async () => {
    const { services, id } = await waiting();
    world.appliances.turn({ activeCalls: 3 });
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect(await appointment(services, id, 1)).toMatchObject({ state: 'missed', why: '3 call(s) in progress' });
    expect(world.appliances.count('restart')).toBe(0);
    world.appliances.turn({ activeCalls: 0 });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it('is used to its end where the policy says so: calls that go on are dropped at the last moment, not before', async () => {
    const { id } = await waiting({ windowPolicy: { ...request.windowPolicy, whenCallsPersist: 'restart' } });
    world.appliances.turn({ activeCalls: 3 });
    await world.run(() => new Date() >= new Date('2027-01-13T08:45:00Z'));
    expect(world.appliances.count('restart')).toBe(0);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(new Date().toISOString()).toMatch(/^2027-01-13T08:4[5-9]/);
    expect(world.appliances.count('restart')).toBe(1);
  });

  it('is shared: while as many of the partner’s servers are restarted as may be at once, the restart waits inside it', async () => {
    const { services, id } = await waiting();
    const others = Array.from({ length: RESTARTS_AT_ONCE }, (_, n) => `other${n}-a1`);
    const mine = await appointment(services, id);
    if (mine === undefined) throw new Error('no appointment');
    await world.run(() => new Date() >= new Date('2027-01-13T06:59:00Z'));
    for (const other of others) {
      const open = { ...mine, id: other, state: 'open' as const };
      await services.inventory.add(appointmentKey(PARTNER, other), open);
      expect(await takeRestartSlot(open, services)).toBeUndefined();
    }
    await world.run(() => new Date() >= new Date('2027-01-13T07:20:00Z'));
    expect(world.appliances.count('restart')).toBe(0);
    expect((await appointment(services, id))?.why).toContain('no more than 5 may be at once');
    await changeItem(services.inventory, appointmentKey(PARTNER, 'other0-a1'), (now) => ({
      ...now,
      state: 'done' as const,
    }));
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(new Date().toISOString()).toMatch(/^2027-01-13T07:2/);
  });

  it('restarts as soon as the calls have ended', async () => {
    const { id } = await waiting();
    world.appliances.turn({ activeCalls: 3 });
    await world.run(() => new Date() >= new Date('2027-01-13T07:20:00Z'));
    world.appliances.turn({ activeCalls: 0 });
    await world.runToEnd(id);
    expect(new Date().toISOString()).toMatch(/^2027-01-13T07:2/);
  });

  it('passes while activations are on hold', async () => {
    const { services, id } = await waiting();
    await services.inventory.add(holdKey(PARTNER), { reason: 'a fair in town', since: '' });
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect(await appointment(services, id, 1)).toMatchObject({
      state: 'missed',
      why: 'activations are on hold: a fair in town',
    });
    expect(world.appliances.count('restart')).toBe(0);
    await services.inventory.remove(holdKey(PARTNER));
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it.each([
    { of: 'the connection profile', held: { scope: 'profile', profile: 'ucx-ssh' } as const },
    { of: 'everything', held: { scope: 'all' } as const },
  ])('passes while there is a hold of $of, and not while one is of something else', async ({ held }) => {
    const { services, id } = await waiting();
    await services.inventory.add(holdKeyOf({ scope: 'profile', profile: 'other' }), { reason: 'no matter', since: '' });
    await services.inventory.add(holdKeyOf({ scope: 'partner', partner: 'other' }), { reason: 'no matter', since: '' });
    await services.inventory.add(holdKeyOf(held), { reason: 'a bad release', since: '' });
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect((await appointment(services, id, 1))?.why).toBe('activations are on hold: a bad release');
    expect(world.appliances.count('restart')).toBe(0);
    await services.inventory.remove(holdKeyOf(held));
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it('is used when the hold is lifted inside it', async () => {
    const { services, id } = await waiting();
    await services.inventory.add(holdKey(PARTNER), { reason: 'a fair in town', since: '' });
    await world.run(() => new Date() >= new Date('2027-01-13T07:30:00Z'));
    await services.inventory.remove(holdKey(PARTNER));
    await world.runToEnd(id);
    expect(new Date().toISOString()).toMatch(/^2027-01-13T07:3/);
  });

  it('passes when no baseline can be taken: what we cannot see is not restarted', async () => {
    const { services, id } = await waiting({}, { inside: () => undefined });
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect((await appointment(services, id, 1))?.why).toContain('no baseline from inside');
    expect(world.appliances.count('restart')).toBe(0);
  });
});

describe('telling', () => {
  it('comes before restarting: nobody told by the notice deadline, no restart, and our people know', async () => {
    world = await OrderWorld.open({ mailFate: ({ to }) => (to === 'ana@northwind.test' ? 'refused' : 'delivered') });
    const services = await world.begin();
    const { id } = await world.place(services);
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'nobody-told' } });
    expect(world.appliances.count('restart')).toBe(0);
    expect(world.mail.deliveredTo('ops@emetrotel.test').at(-1)?.subject).toBe('Needs a person: pbx.northwind.test');
  });

  it('is enough for one contact of several; the other is a line in the timeline', async () => {
    world = await OrderWorld.open({ mailFate: ({ to }) => (to === 'gone@northwind.test' ? 'refused' : 'delivered') });
    const services = await world.begin();
    const contacts = [...request.contacts, { name: undefined, email: 'gone@northwind.test' }];
    const { id } = await world.place(services, { contacts });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it('survives a mail server that loses its answers: one Message-ID for every attempt', async () => {
    let lost = 0;
    const nextIsLost = () => {
      lost += 1;
      return lost <= 3;
    };
    world = await OrderWorld.open({ mailFate: () => (nextIsLost() ? 'lost-answer' : 'delivered') });
    const services = await world.begin();
    const { id } = await world.place(services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    const ids = world.mail.deliveredTo('ana@northwind.test').map((mail) => mail.messageId);
    expect(ids.length).toBeGreaterThan(new Set(ids).size);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('reminders', () => {
  /** When each was delivered to the contact, and what it says of the window. */
  function reminders() {
    return world.mail
      .deliveredTo('ana@northwind.test')
      .filter(({ subject }) => subject.startsWith('Reminder:'))
      .map(
        ({ writtenAt, subject, calendar }) =>
          `${writtenAt?.toISOString().slice(0, 16)} ${subject.slice(-43)} ${calendar?.method}`,
      );
  }
  const ofFirst = '2027-01-13 02:00 to 04:00 (America/Toronto) undefined';

  it('come a day and a quarter of an hour before the window, and move no entry', async () => {
    const { id } = await waiting();
    await world.runToEnd(id);
    expect(reminders()).toEqual([`2027-01-12T07:00 ${ofFirst}`, `2027-01-13T06:45 ${ofFirst}`]);
  });

  it('are not of a restart that was moved meanwhile, and come for where it was moved to', async () => {
    const { services, id, first } = await waiting();
    await world.run(() => reminders().length === 1);
    await changeAppointment(PARTNER, first, { act: 'move', opensAt: new Date('2027-01-20T07:30:00Z') }, services);
    await world.runToEnd(id);
    const ofMoved = '2027-01-20 02:30 to 04:00 (America/Toronto) undefined';
    expect(reminders().slice(1)).toEqual([`2027-01-19T07:30 ${ofMoved}`, `2027-01-20T07:15 ${ofMoved}`]);
  });

  it('do not come for a restart that was cancelled', async () => {
    const { services, id, first } = await waiting();
    await changeAppointment(PARTNER, first, { act: 'cancel' }, services);
    await world.runToEnd(id);
    expect(reminders()).toEqual([]);
  });

  it('are left out by a service that slept through their moment', async () => {
    const { id } = await waiting();
    await world.kill();
    vi.setSystemTime(new Date('2027-01-12T08:30:00Z'));
    await world.begin();
    await world.runToEnd(id);
    expect(reminders()).toEqual([`2027-01-13T06:45 ${ofFirst}`]);
  });

  it('that cannot be sent hold nothing up', async () => {
    const { id } = await waiting(
      {},
      { mailFate: ({ subject }) => (subject.startsWith('Reminder:') ? 'not-delivered' : 'delivered') },
    );
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'done' });
    expect(new Date().toISOString()).toMatch(/^2027-01-13T07:0/);
    expect(reminders()).toEqual([]);
  });
});

describe('an order that stops after its announcement', () => {
  const uid = (id: string) => `${id}@certificates.emetrotel.test`;

  it('says that the restart is off: nobody is left with an entry, and nobody can confirm what nothing waits for', async () => {
    const { services, id } = await waiting({ windowPolicy: { ...request.windowPolicy, maxPostponements: 0 } });
    world.appliances.turn({ activeCalls: 3 });
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'postponed-too-often' } });
    expect(subjects().at(-1)).toBe('Off: InfinityOne restart');
    expect(entries().at(-1)).toEqual({ uid: uid(id), method: 'CANCEL', sequence: 1, at: FIRST_WINDOW });
    await expect(changeAppointment(PARTNER, appointmentId(id, 1), { act: 'confirm' }, services)).rejects.toMatchObject({
      name: 'appointment-closed',
    });
  });

  it('says so also when the move of a restart reached nobody', async () => {
    let deaf = false;
    const { services, id, first } = await waiting(
      {},
      {
        mailFate: ({ to, subject }) =>
          deaf && to.startsWith('ana') && subject.startsWith('Moved') ? 'refused' : 'delivered',
      },
    );
    deaf = true;
    await changeAppointment(PARTNER, first, { act: 'move', opensAt: new Date(NEXT_WINDOW) }, services);
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'nobody-told' } });
    expect(entries().at(-1)).toEqual({ uid: uid(id), method: 'CANCEL', sequence: 2, at: NEXT_WINDOW });
  });

  it('says so when its execution failed, by the sweep', async () => {
    const { services, id } = await waiting();
    const failed = { ...services, executions: { ...services.executions, state: async () => 'failed' as const } };
    expect(await world.sweep(failed as Services)).toMatchObject({ abandoned: 1 });
    await world.sweep(failed as Services);
    expect(await appointment(services, id)).toMatchObject({ state: 'missed' });
    expect(subjects()).toEqual(['InfinityOne restart', 'Off: InfinityOne restart']);
  });
});

describe('a server that nobody uses yet, says the order', () => {
  const unused = { inService: false as const };
  const needsYes = { windowPolicy: { ...request.windowPolicy, confirmation: 'contact' as const } };

  it('is restarted at once, told of all the same, without anybody’s yes', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    const { id } = await world.place(services, { ...unused, ...needsYes });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(new Date().toISOString()).toMatch(/^2027-01-11T15:0/);
    expect(subjects()).toEqual(['InfinityOne restart', 'Done:']);
    expect(world.mail.deliveredTo('ana@northwind.test')[0]?.text).toContain('the order says that nobody uses it yet');
  });

  it('is not restarted if nobody can be told', async () => {
    world = await OrderWorld.open({ mailFate: ({ to }) => (to === 'ana@northwind.test' ? 'refused' : 'delivered') });
    const services = await world.begin();
    const { id } = await world.place(services, unused);
    await world.runToEnd(id);
    expect((await world.order(id)).problem?.code).toBe('nobody-told');
    expect(world.appliances.count('restart')).toBe(0);
  });

  it('waits for a window after all when there are calls on it for an hour', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    world.appliances.turn({ activeCalls: 1 });
    const { id } = await world.place(services, unused);
    await world.run(async () => (await appointment(services, id, 2))?.callbackId !== undefined);
    expect(await appointment(services, id, 2)).toMatchObject({ opensAt: FIRST_WINDOW, runNow: false });
    expect(world.appliances.count('restart')).toBe(0);
  });

  it('waits for its window like any other when it serves what phones trust', async () => {
    world = await OrderWorld.open();
    world.serveTrustedUntil(new Date('2027-02-11T15:00:00Z'));
    const services = await world.begin();
    const { id } = await world.place(services, unused);
    await world.run(async () => (await appointment(services, id))?.callbackId !== undefined);
    expect(await appointment(services, id)).toMatchObject({ opensAt: FIRST_WINDOW, runNow: false });
  });

  it('is refused for one that serves a certificate of ours, and no renewal says so', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    const { id } = await world.place(services, unused);
    await world.runToEnd(id);
    await expect(world.place(services, unused, 'k2')).rejects.toMatchObject({
      name: 'server-in-service',
      field: 'inService',
    });
    const { value: certificate } = await getItem(services.inventory, certificateKey(PARTNER, HOSTNAME));
    expect((await acceptRenewal(certificate, undefined, services)).request.inService).toBeUndefined();
  });
});

describe('the last safe date', () => {
  /** No window fits before the last safe date. */
  async function nothingFits(notAfter: string, policy: Partial<typeof request.windowPolicy> = {}) {
    world = await OrderWorld.open();
    const services = await world.begin();
    const { id } = await world.place(services, { windowPolicy: { ...request.windowPolicy, ...policy } });
    await world.run(async () => (await world.order(id)).state !== 'accepted');
    world.serveTrustedUntil(new Date(notAfter));
    return { services, id };
  }

  async function isAsked(): Promise<void> {
    await world.run(() => world.mail.deliveredTo('ops@emetrotel.test').length > 0);
    await world.quiet();
  }

  it('stops an order that leaves no room to ask, loudly', async () => {
    const { id } = await nothingFits('2027-01-11T16:30:00Z');
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'window-too-late' } });
    expect(world.appliances.count('restart')).toBe(0);
  });

  it('has contact and our people asked at once when no window fits: nobody answers, nothing is restarted, a person has it before that date', async () => {
    const { services, id } = await nothingFits('2027-01-12T15:00:00Z');
    await isAsked();
    const asked = await appointment(services, id);
    expect(asked).toMatchObject({ asked: true, emergency: true, confirmation: 'nobody', closesAt: asked?.lastSafeAt });
    for (const to of ['ana@northwind.test', 'ops@emetrotel.test']) {
      const [mail] = world.mail.deliveredTo(to);
      expect(mail?.subject).toBe(`Answer needed: InfinityOne restart on ${HOSTNAME}`);
      expect(mail?.text).toMatch(/\nhttps:\/\/certificates\.emetrotel\.test\/a\/1\./);
    }
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'window-too-late' } });
    expect(world.appliances.count('restart')).toBe(0);
    expect(Date.now()).toBeLessThan(new Date('2027-01-12T15:00:00Z').getTime());
  });

  it('is kept by a restart outside of windows when somebody says yes: a recorded emergency', async () => {
    const { services, id } = await nothingFits('2027-01-12T15:00:00Z');
    await isAsked();
    await changeAppointment(PARTNER, appointmentId(id, 1), { act: 'confirm' }, services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(await appointment(services, id)).toMatchObject({
      ...{ asked: true, emergency: true, state: 'done' },
      answers: [{ act: 'confirm', side: 'contact' }],
    });
    expect(world.appliances.count('restart')).toBe(1);
  });

  it('is asked of E-MetroTel alone where the policy reserves the yes for them', async () => {
    const { services, id } = await nothingFits('2027-01-12T15:00:00Z', { confirmation: 'ops' });
    await isAsked();
    await expect(changeAppointment(PARTNER, appointmentId(id, 1), { act: 'confirm' }, services)).rejects.toMatchObject({
      name: 'confirmation-not-yours',
    });
  });

  it('brings a restart outside of windows, an hour after the mails, where the policy says so', async () => {
    world = await OrderWorld.open();
    const services = await world.begin();
    const { id } = await world.place(services, { windowPolicy: { ...request.windowPolicy, emergency: 'restart' } });
    await world.run(async () => (await world.order(id)).state !== 'accepted');
    world.serveTrustedUntil(new Date('2027-01-11T18:00:00Z'));
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(await appointment(services, id)).toMatchObject({ emergency: true, state: 'done', number: 1 });
    expect(Date.now()).toBeLessThan(new Date('2027-01-12T00:00:00Z').getTime());
    expect(world.mail.deliveredTo('ana@northwind.test')[0]?.text).toContain('it happens outside of them');
    expect(world.appliances.count('restart')).toBe(1);
  });
});
