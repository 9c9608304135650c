// What people may do to a restart and what the clock makes of it: no row leads to a restart outside a window or unannounced.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Appointment,
  type AppointmentState,
  appointmentId,
  askAgainMs,
  callsHoldBack,
  cancelAppointment,
  confirmAppointment,
  moveAppointment,
  type Review,
  reviewAppointment,
  runAppointmentNow,
} from '../../src/domain/appointment.ts';
import { Problem } from '../../src/domain/problem.ts';
import { planAppointment } from '../../src/domain/restart-plan.ts';
import { openingAt, type WindowPolicy } from '../../src/domain/restart-window.ts';

const HOUR_MS = 3_600_000;

/** Two windows a week; a day of notice, which takes 25.2 hours with the time to tell. */
const policy: WindowPolicy = {
  timeZone: 'Etc/UTC',
  windows: [
    { day: 'wednesday', start: '02:00', end: '04:00' },
    { day: 'sunday', start: '02:00', end: '04:00' },
  ],
  minimumNoticeSeconds: 24 * 3600,
  confirmation: 'nobody',
  maxActiveCalls: 0,
};
const MONDAY = new Date('2027-01-11T00:00:00Z');

const announced: Appointment = {
  id: 'o1-a1',
  partner: 'emetrotel',
  orderId: 'o1',
  hostname: 'pbx.northwind.test',
  number: 1,
  state: 'announced',
  opensAt: '2027-01-13T02:00:00.000Z',
  closesAt: '2027-01-13T04:00:00.000Z',
  noticeDeadlineAt: '2027-01-12T02:00:00.000Z',
  confirmation: 'nobody',
  runNow: false,
  sequence: 0,
  toldAt: '2027-01-11T00:05:00.000Z',
  callbackId: 'callback-1',
};
const proposed: Appointment = { ...announced, state: 'proposed', toldAt: undefined };

describe('a plan', () => {
  it.each([
    { when: 'in time for the next window', now: '2027-01-12T00:40:00Z', opensAt: '2027-01-13T02:00:00.000Z' },
    { when: 'inside it, while room is left', now: '2027-01-12T02:38:00Z', opensAt: '2027-01-13T03:50:00.000Z' },
    {
      when: 'in the window after, when the room is gone',
      now: '2027-01-12T02:39:00Z',
      opensAt: '2027-01-17T02:00:00.000Z',
    },
  ])('opens $when', ({ now, opensAt }) => {
    const plan = planAppointment(policy, undefined, new Date(now));
    if (plan.kind !== 'planned') throw new Error(plan.why);
    expect(plan.opening.opensAt.toISOString()).toBe(opensAt);
    expect(plan.noticeDeadlineAt.getTime()).toBe(plan.opening.opensAt.getTime() - 24 * HOUR_MS);
    expect(plan.noticeDeadlineAt.getTime()).toBeGreaterThan(new Date(now).getTime());
  });

  it('leaves room before the last safe date, to the moment', () => {
    expect(planAppointment(policy, new Date('2027-01-13T02:10:00Z'), MONDAY).kind).toBe('planned');
    expect(planAppointment(policy, new Date('2027-01-13T02:09:59Z'), MONDAY)).toEqual({
      kind: 'nothing-fits',
      why: 'the first window after the notice opens 2027-01-13T02:00:00.000Z, the last safe date is 2027-01-13T02:09:59.000Z',
    });
  });

  it('finds nothing where no window opens', () => {
    const plan = planAppointment({ ...policy, windows: [] }, undefined, MONDAY);
    expect(plan).toEqual({ kind: 'nothing-fits', why: 'the policy has no window that opens' });
  });
});

describe('a review', () => {
  const beforeTelling = '2027-01-11T12:00:00Z';
  const inside = '2027-01-13T02:30:00Z';
  const late = '2027-01-14T09:00:00Z';
  const needsYes: Appointment = { ...announced, confirmation: 'contact' };
  const now: Appointment = {
    ...proposed,
    state: 'confirmed',
    runNow: true,
    opensAt: '2027-01-11T12:00:00.000Z',
    closesAt: '2027-01-11T13:00:00.000Z',
    noticeDeadlineAt: '2027-01-11T12:00:00.000Z',
  };
  const wait = (until: string): Review => ({ next: 'wait', until: new Date(until) });
  const missed = (why: string): Review => ({ next: 'missed', why });
  const windowGone = 'the window had closed when the service came to it';

  it.each<{ when: string; of: Appointment; at: string; held?: string; expected: Review }>([
    { when: 'nobody has been told', of: proposed, at: beforeTelling, expected: { next: 'tell' } },
    {
      when: 'nobody has been told, at the last moment',
      of: proposed,
      at: '2027-01-12T02:00:00Z',
      expected: { next: 'tell' },
    },
    {
      when: 'nobody was told in time',
      of: proposed,
      at: '2027-01-12T02:00:00.001Z',
      expected: { next: 'nobody-told' },
    },
    { when: 'nobody was told, in the window', of: proposed, at: inside, expected: { next: 'nobody-told' } },
    { when: 'nobody was told and it is late', of: proposed, at: late, expected: missed(windowGone) },
    {
      when: 'people were told after the deadline',
      of: { ...announced, toldAt: '2027-01-12T02:00:01.000Z' },
      at: inside,
      expected: { next: 'nobody-told' },
    },
    {
      when: 'confirmed before anyone was told',
      of: { ...proposed, state: 'confirmed' },
      at: beforeTelling,
      expected: { next: 'tell' },
    },
    { when: 'the window is ahead', of: announced, at: beforeTelling, expected: wait('2027-01-13T02:00:00Z') },
    {
      when: 'the window is ahead, on hold',
      of: announced,
      at: beforeTelling,
      held: 'fair',
      expected: wait('2027-01-13T02:00:00Z'),
    },
    { when: 'the window opens', of: announced, at: '2027-01-13T02:00:00Z', expected: { next: 'activate' } },
    { when: 'the window is open', of: announced, at: inside, expected: { next: 'activate' } },
    { when: 'there is just room', of: announced, at: '2027-01-13T03:50:00Z', expected: { next: 'activate' } },
    {
      when: 'there is no room',
      of: announced,
      at: '2027-01-13T03:50:00.001Z',
      expected: missed('less than 10 minutes of the window were left'),
    },
    { when: 'the window closes', of: announced, at: '2027-01-13T04:00:00Z', expected: missed(windowGone) },
    { when: 'the wake-up is late', of: announced, at: late, expected: missed(windowGone) },
    {
      when: 'confirmed and the wake-up is late',
      of: { ...needsYes, state: 'confirmed' },
      at: late,
      expected: missed(windowGone),
    },
    { when: 'on hold in the window', of: announced, at: inside, held: 'fair', expected: wait('2027-01-13T02:32:00Z') },
    {
      when: 'on hold at the end of it',
      of: announced,
      at: '2027-01-13T03:59:00Z',
      held: 'fair',
      expected: wait('2027-01-13T04:00:00Z'),
    },
    {
      when: 'on hold for all of it',
      of: announced,
      at: late,
      held: 'trade fair',
      expected: missed('activations are on hold: trade fair'),
    },
    { when: 'unconfirmed in the window', of: needsYes, at: inside, expected: wait('2027-01-13T04:00:00Z') },
    {
      when: 'unconfirmed to its end',
      of: needsYes,
      at: late,
      expected: missed('nobody confirmed it before the window closed'),
    },
    {
      when: 'confirmed in the window',
      of: { ...needsYes, state: 'confirmed' },
      at: inside,
      expected: { next: 'activate' },
    },
    { when: 'asked for now', of: now, at: '2027-01-11T12:00:05Z', expected: { next: 'tell' } },
    {
      when: 'asked for now and told',
      of: { ...now, toldAt: '2027-01-11T12:00:06.000Z' },
      at: '2027-01-11T12:00:07Z',
      expected: { next: 'activate' },
    },
    {
      when: 'asked for now, on hold',
      of: { ...now, toldAt: '2027-01-11T12:00:06.000Z' },
      at: '2027-01-11T12:00:07Z',
      held: 'fair',
      expected: wait('2027-01-11T12:01:07Z'),
    },
    {
      when: 'asked for now, an hour ago',
      of: { ...now, toldAt: '2027-01-11T12:00:06.000Z' },
      at: '2027-01-11T13:00:00Z',
      expected: missed(windowGone),
    },
    {
      when: 'it has begun',
      of: { ...announced, state: 'open' },
      at: late,
      held: 'fair',
      expected: { next: 'activate' },
    },
    { when: 'it was cancelled', of: { ...announced, state: 'cancelled' }, at: inside, expected: { next: 'cancelled' } },
    {
      when: 'it was missed',
      of: { ...announced, state: 'missed', why: 'calls went on' },
      at: inside,
      expected: missed('calls went on'),
    },
    {
      when: 'it was missed and nobody said why',
      of: { ...announced, state: 'missed' },
      at: inside,
      expected: missed(windowGone),
    },
  ])('says what is next when $when', ({ of, at, held, expected }) => {
    expect(reviewAppointment(of, held, new Date(at))).toEqual(expected);
  });

  it.each<AppointmentState>(['done', 'rolled-back'])('lets nothing follow from one that is %s', (state) => {
    expect(() => reviewAppointment({ ...announced, state }, undefined, new Date(inside))).toThrow(
      expect.objectContaining({
        name: 'appointment-closed',
        message: `appointment "o1-a1" is ${state} and can no longer be changed`,
      }),
    );
  });

  it('activates only what has begun, or inside the window, told in time, confirmed and not on hold', () => {
    const anyState = fc.constantFrom<AppointmentState>(
      'proposed',
      'announced',
      'confirmed',
      'open',
      'missed',
      'cancelled',
    );
    const hours = (min: number, max: number) =>
      fc.integer({ min: min * 60, max: max * 60 }).map((m) => new Date(Date.parse(announced.opensAt) + m * 60_000));
    const cases = fc.record({
      state: anyState,
      confirmation: fc.constantFrom('nobody' as const, 'contact' as const),
      runNow: fc.boolean(),
      toldAt: fc.option(hours(-60, 1), { nil: undefined }),
      held: fc.option(fc.constant('fair'), { nil: undefined }),
      at: hours(-60, 60),
    });
    fc.assert(
      fc.property(cases, ({ toldAt, held, at, ...change }) => {
        const appointment: Appointment = { ...announced, ...change, toldAt: toldAt?.toISOString() };
        const { next } = reviewAppointment(appointment, held, at);
        if (next !== 'activate' || change.state === 'open') return;
        expect(at.getTime()).toBeGreaterThanOrEqual(Date.parse(announced.opensAt));
        expect(at.getTime()).toBeLessThanOrEqual(Date.parse(announced.closesAt) - 10 * 60_000);
        expect(held).toBeUndefined();
        expect(toldAt).toBeDefined();
        expect(change.runNow || (toldAt?.getTime() ?? 0) <= Date.parse(announced.noticeDeadlineAt)).toBe(true);
        expect(change.confirmation === 'nobody' || change.state === 'confirmed').toBe(true);
      }),
      { numRuns: 1_000, seed: 20_270_113 },
    );
  });
});

describe('asking again inside a window', () => {
  it.each([
    { window: 'of ten minutes', closesAt: '2027-01-13T02:10:00Z', seconds: 30 },
    { window: 'of two hours', closesAt: '2027-01-13T04:00:00Z', seconds: 120 },
    { window: 'of a day', closesAt: '2027-01-14T02:00:00Z', seconds: 300 },
  ])('$window happens every $seconds seconds', ({ closesAt, seconds }) => {
    expect(askAgainMs({ opensAt: announced.opensAt, closesAt })).toBe(seconds * 1_000);
  });
});

describe('a person', () => {
  const changes = {
    confirm: (of: Appointment) => confirmAppointment(of, 'contact'),
    cancel: (of: Appointment) => cancelAppointment(of),
    'run-now': (of: Appointment) => runAppointmentNow(of, 'contact', MONDAY),
    move: (of: Appointment) => moveAppointment(of, policy, new Date('2027-01-17T02:30:00Z'), MONDAY),
  };
  type Act = keyof typeof changes;
  const changeable: readonly AppointmentState[] = ['proposed', 'announced', 'confirmed'];
  const closed: readonly AppointmentState[] = ['open', 'done', 'rolled-back', 'missed', 'cancelled'];

  it('confirms: told people need not be told again', () => {
    for (const state of changeable)
      expect(changes.confirm({ ...announced, state })).toEqual({ ...announced, state: 'confirmed' });
  });

  it('cancels: everyone is to hear of it', () => {
    for (const state of changeable)
      expect(changes.cancel({ ...announced, state })).toEqual({
        ...announced,
        state: 'cancelled',
        sequence: 1,
        toldAt: undefined,
      });
  });

  it('brings it forward: an hour from now, everyone is to hear of it', () => {
    for (const state of changeable)
      expect(changes['run-now']({ ...announced, state })).toEqual({
        ...announced,
        state: 'confirmed',
        runNow: true,
        opensAt: '2027-01-11T00:00:00.000Z',
        closesAt: '2027-01-11T01:00:00.000Z',
        noticeDeadlineAt: '2027-01-11T00:00:00.000Z',
        sequence: 1,
        toldAt: undefined,
      });
  });

  it('moves it: proposed anew up to the end of that window, everyone is to hear of it and to confirm again', () => {
    for (const state of changeable)
      expect(changes.move({ ...announced, state, runNow: true })).toEqual({
        ...announced,
        state: 'proposed',
        opensAt: '2027-01-17T02:30:00.000Z',
        closesAt: '2027-01-17T04:00:00.000Z',
        noticeDeadlineAt: '2027-01-16T02:30:00.000Z',
        postponements: 1,
        runNow: false,
        sequence: 1,
        toldAt: undefined,
      });
  });

  it.each(
    (Object.keys(changes) as Act[]).flatMap((act) =>
      closed.filter((state) => `${act} ${state}` !== 'cancel cancelled').map((state) => ({ act, state })),
    ),
  )('cannot $act what is $state', ({ act, state }) => {
    expect(() => changes[act]({ ...announced, state })).toThrow(
      expect.objectContaining({
        name: 'appointment-closed',
        message: `appointment "o1-a1" is ${state} and can no longer be changed`,
      }),
    );
  });

  it.each<{ act: Act; of: Appointment }>([
    { act: 'confirm', of: { ...announced, state: 'confirmed' } },
    { act: 'cancel', of: { ...announced, state: 'cancelled' } },
    { act: 'run-now', of: { ...announced, state: 'confirmed', runNow: true } },
    { act: 'run-now', of: { ...announced, state: 'open', runNow: true } },
    { act: 'run-now', of: { ...announced, state: 'done', runNow: true } },
  ])('changes nothing with a second $act ($of.state)', ({ act, of }) => {
    expect(changes[act](of)).toBe(of);
  });

  it.each<AppointmentState>(['missed', 'rolled-back', 'cancelled'])('cannot run now again what was %s', (state) => {
    expect(() => changes['run-now']({ ...announced, state, runNow: true })).toThrow(/and can no longer be changed/);
  });
});

describe('a move', () => {
  const move = (opensAt: string, of: Partial<Appointment> = {}, now = MONDAY) =>
    moveAppointment({ ...announced, ...of }, policy, new Date(opensAt), now);

  it('is a postponement like a missed window, and there are no more than the policy allows', () => {
    const thrice = { ...policy, maxPostponements: 3 };
    const sunday = new Date('2027-01-17T02:30:00Z');
    const moved = moveAppointment({ ...announced, number: 2 }, thrice, sunday, MONDAY);
    expect(moved.postponements).toBe(2);
    expect(moveAppointment(moved, thrice, sunday, MONDAY)).toBe(moved);
    const again = moveAppointment(moved, thrice, new Date('2027-01-17T02:31:00Z'), MONDAY);
    expect(again.postponements).toBe(3);
    expect(() => moveAppointment(again, thrice, sunday, MONDAY)).toThrow(
      expect.objectContaining({
        name: 'postponed-too-often',
        message: 'the policy allows 3 postponement(s) of a restart, missed or moved, and this would be number 4',
      }),
    );
    expect(move('2027-01-17T02:30:00Z', { number: 9 }).postponements).toBe(9);
    expect(refusal(() => move('2027-01-17T02:30:00Z', { number: 10 })).name).toBe('postponed-too-often');
  });

  it.each<{ where: string; opensAt: string; of?: Partial<Appointment>; why: string }>([
    { where: 'outside every window', opensAt: '2027-01-14T12:00:00Z', why: 'lies in no restart window of this server' },
    {
      where: 'at the end of a window',
      opensAt: '2027-01-13T04:00:00Z',
      why: 'lies in no restart window of this server',
    },
    {
      where: 'in the past',
      opensAt: '2027-01-10T02:30:00Z',
      why: 'leaves less than the notice of 86400 seconds and the time to tell people',
    },
    {
      where: 'near the end of a window',
      opensAt: '2027-01-13T03:50:00.001Z',
      why: 'is too near the end of its window',
    },
    {
      where: 'after the last safe date',
      opensAt: '2027-01-17T02:00:00Z',
      of: { lastSafeAt: '2027-01-17T02:09:00.000Z' },
      why: 'is after the last safe date 2027-01-17T02:09:00.000Z',
    },
    {
      where: 'beyond the life of a certificate',
      opensAt: '2027-02-28T02:00:00Z',
      why: 'is more than 45 days ahead, which is how long a certificate may live',
    },
  ])('to a moment $where is refused', ({ opensAt, of, why }) => {
    const seen = refusal(() => move(opensAt, of));
    expect(seen).toMatchObject({ name: 'window-too-late', field: 'opensAt' });
    expect(seen.message).toContain(
      `opensAt ${new Date(opensAt).toISOString()} ${why}; these fit: 2027-01-13T02:00:00.000Z`,
    );
  });

  it('is refused when the notice is short, with moments that leave time to ask for them', () => {
    const now = new Date('2027-01-12T01:00:00Z');
    expect(refusal(() => move('2027-01-13T02:11:59Z', {}, now)).message).toMatch(
      /^opensAt 2027-01-13T02:11:59.000Z leaves less than .* these fit: 2027-01-13T02:22:00.000Z, 2027-01-17T02:00:00.000Z, 2027-01-20T02:00:00.000Z$/,
    );
    expect(move('2027-01-13T02:12:00Z', {}, now).opensAt).toBe('2027-01-13T02:12:00.000Z');
  });

  it('is refused without offers when nothing fits any more', () => {
    expect(refusal(() => move('2027-01-13T02:30:00Z', { lastSafeAt: '2027-01-12T00:00:00.000Z' })).message).toBe(
      'opensAt 2027-01-13T02:30:00.000Z is after the last safe date 2027-01-12T00:00:00.000Z; no other moment fits either',
    );
  });

  it('may use the last moment with room, and the last moment that is safe', () => {
    expect(move('2027-01-13T03:50:00Z').closesAt).toBe('2027-01-13T04:00:00.000Z');
    expect(move('2027-01-17T02:00:00Z', { lastSafeAt: '2027-01-17T02:10:00.000Z' })).toMatchObject({
      sequence: 1,
      closesAt: '2027-01-17T02:10:00.000Z',
    });
  });

  it('is granted for every moment that was offered, ten minutes long', () => {
    const cases = fc.record({
      now: fc.integer({ min: 0, max: 14 * 24 * 60 * 60 }).map((s) => new Date(MONDAY.getTime() + s * 1_000)),
      notice: fc.integer({ min: 0, max: 5 * 86_400 }),
      safeDays: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(cases, ({ now, notice, safeDays }) => {
        const noticed = { ...policy, minimumNoticeSeconds: notice };
        const lastSafeAt = safeDays && new Date(now.getTime() + safeDays * 24 * HOUR_MS).toISOString();
        const appointment: Appointment = { ...announced, ...(lastSafeAt && { lastSafeAt }) };
        const { message } = refusal(() => moveAppointment(appointment, noticed, new Date('2027-01-14T12:00Z'), now));
        const offers = message.split('these fit: ')[1]?.split(', ') ?? [];
        for (const offer of offers) {
          const asked = new Date(now.getTime() + 10 * 60_000);
          const moved = moveAppointment(appointment, noticed, new Date(offer), asked);
          const closesAt = openingAt(noticed, new Date(moved.opensAt))?.closesAt.toISOString() ?? 'never';
          expect(moved.closesAt).toBe(lastSafeAt && lastSafeAt < closesAt ? lastSafeAt : closesAt);
        }
        if (safeDays === undefined) expect(offers).toHaveLength(3);
      }),
      { numRuns: 200, seed: 20_270_117 },
    );
  });
});

it('has an id made of its order and its number', () => {
  expect(appointmentId('o1', 2)).toBe('o1-a2');
});

function refusal(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('calls in progress', () => {
  const night = { opensAt: '2027-01-13T07:00:00.000Z', closesAt: '2027-01-13T09:00:00.000Z' };
  it.each<{ calls: number; at: string; persist?: 'postpone' | 'restart'; holds: boolean }>([
    { calls: 2, at: '07:00:00', holds: false },
    { calls: 3, at: '07:00:00', holds: true },
    { calls: 3, at: '08:59:59', holds: true },
    { calls: 3, at: '08:59:59', persist: 'postpone', holds: true },
    { calls: 3, at: '07:00:00', persist: 'restart', holds: true },
    { calls: 3, at: '08:46:59', persist: 'restart', holds: true },
    { calls: 3, at: '08:47:00', persist: 'restart', holds: false },
    { calls: 3, at: '08:50:00', persist: 'restart', holds: false },
  ])('$calls at $at, and persist means $persist: holds back is $holds', ({ calls, at, persist, holds }) => {
    const policy = { maxActiveCalls: 2, ...(persist === undefined ? {} : { whenCallsPersist: persist }) };
    expect(callsHoldBack(calls, night, policy, new Date(`2027-01-13T${at}.000Z`))).toBe(holds);
  });
});
