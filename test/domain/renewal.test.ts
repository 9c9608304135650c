// When a certificate is due, by which rule, and how a failed renewal is spaced: tables and properties.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideRenewal,
  drawRenewAt,
  emergencyLine,
  isGivenUp,
  isOverdue,
  lastSafeAt,
  nextAttemptAt,
  SCHEDULE_MS,
} from '../../src/domain/renewal.ts';

const DAY_MS = 24 * 3_600_000;
/** Moments are whole milliseconds. */
const ROUNDING_MS = 2;

const BEGIN = new Date('2027-03-01T00:00:00Z');
const day = (days: number) => new Date(BEGIN.getTime() + days * DAY_MS);
const validity = { notBefore: BEGIN, notAfter: day(90) };
const lead = (days: number) => days * DAY_MS;

describe('decideRenewal', () => {
  it.each([
    { when: 'young', now: day(10), renewAt: undefined, due: false, rule: 'lifetime', dueAt: day(60) },
    { when: 'a third left, no advice', now: day(60), renewAt: undefined, due: true, rule: 'lifetime', dueAt: day(60) },
    { when: 'advised earlier', now: day(40), renewAt: day(40), due: true, rule: 'ari', dueAt: day(40) },
    { when: 'advised to renew at once', now: day(1), renewAt: day(-3), due: true, rule: 'ari', dueAt: day(-3) },
    { when: 'held back by the authority', now: day(64), renewAt: day(65), due: false, rule: 'ari', dueAt: day(65) },
    { when: 'held back too long', now: day(67), renewAt: day(89), due: false, rule: 'emergency', dueAt: day(67.5) },
    {
      when: 'nearly too late, whatever is advised',
      now: day(67.5),
      renewAt: day(89),
      due: true,
      rule: 'emergency',
      dueAt: day(67.5),
    },
    {
      when: 'due by advice, and an emergency by now',
      now: day(80),
      renewAt: day(65),
      due: true,
      rule: 'emergency',
      dueAt: day(65),
    },
    { when: 'over', now: day(91), renewAt: undefined, due: true, rule: 'emergency', dueAt: day(60) },
  ])('$when', ({ now, renewAt, due, rule, dueAt }) => {
    expect(decideRenewal(validity, { renewAt, restartLeadMs: lead(9) }, now)).toEqual({ due, rule, dueAt });
  });

  it('orders earlier for a server that waits long for its windows, but not before a third is left', () => {
    expect(emergencyLine(validity, lead(1))).toEqual(day(67.5));
    expect(emergencyLine(validity, lead(20))).toEqual(day(65.5));
    expect(emergencyLine(validity, lead(60))).toEqual(day(60));
  });

  it('leaves every accepted policy its longest wait before the last safe date, for every lifetime and any advice', () => {
    const cases = fc.tuple(
      fc.double({ min: 6, max: 400, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: -100, max: 500 }),
    );
    fc.assert(
      fc.property(cases, ([lifetimeDays, share, renewDay]) => {
        const lived = { notBefore: BEGIN, notAfter: day(lifetimeDays) };
        const restartLeadMs = lifetimeDays * DAY_MS * (1 / 3 - 1 / 20) * share;
        const { dueAt } = decideRenewal(lived, { renewAt: day(renewDay), restartLeadMs }, BEGIN);
        expect(dueAt.getTime() + restartLeadMs).toBeLessThanOrEqual(lastSafeAt(lived).getTime() + ROUNDING_MS);
      }),
    );
  });
});

describe('drawRenewAt', () => {
  it('draws evenly over the window and leaves the schedule time to come by', () => {
    const window = { start: day(60), end: day(62) };
    expect(drawRenewAt(window, 0)).toEqual(day(60));
    expect(drawRenewAt(window, 0.5).getTime()).toBeCloseTo(day(61).getTime() - SCHEDULE_MS / 2, -3);
    expect(drawRenewAt(window, 0.999_999).getTime()).toBeLessThanOrEqual(day(62).getTime() - SCHEDULE_MS);
  });

  it('stays within a window shorter than the schedule', () => {
    const window = { start: day(60), end: new Date(day(60).getTime() + 60_000) };
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (luck) => {
        const at = drawRenewAt(window, luck);
        expect(at >= window.start && at <= window.end).toBe(true);
      }),
    );
  });
});

describe('a failed renewal', () => {
  const minutesAfter = (failures: number, code: string, endedAt = day(60)) =>
    (nextAttemptAt({ failures, code, endedAt }, validity, lead(9)).getTime() - endedAt.getTime()) / 60_000;

  it.each([
    { failures: 1, minutes: 1 },
    { failures: 2, minutes: 10 },
    { failures: 3, minutes: 100 },
    { failures: 4, minutes: 1440 },
    { failures: 50, minutes: 1440 },
  ])('number $failures in a row is tried again after $minutes minutes', ({ failures, minutes }) => {
    expect(minutesAfter(failures, 'ca-refused')).toBe(minutes);
  });

  it.each([
    'activation-rolled-back',
    'activation-refused',
    'service-down',
    'nobody-told',
    'window-too-late',
    'dns-not-set',
  ])('with %s is tried again once a day from the first', (code) => {
    expect(minutesAfter(1, code)).toBe(1440);
  });

  it('that a person cancelled leaves them a week, unless it becomes an emergency, and a day in any case', () => {
    expect(minutesAfter(1, 'cancelled')).toBe(7 * 1440);
    expect(minutesAfter(1, 'cancelled', day(65))).toBe(2.5 * 1440);
    expect(minutesAfter(1, 'cancelled', day(80))).toBe(1440);
  });
});

describe('the lines people hear of', () => {
  it('are a tenth of the lifetime left, and thirty days after the end', () => {
    expect([isOverdue(validity, day(80.9)), isOverdue(validity, day(81))]).toEqual([false, true]);
    expect([isGivenUp(validity, day(119.9)), isGivenUp(validity, day(120))]).toEqual([false, true]);
  });
});
