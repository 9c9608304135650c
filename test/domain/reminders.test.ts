// When people are reminded, decided from moments alone.

import { describe, expect, it } from 'vitest';
import { planReminder } from '../../src/domain/reminders.ts';

const appointment = {
  opensAt: '2027-01-13T07:00:00.000Z',
  toldAt: '2027-01-11T15:00:00.000Z',
  runNow: false,
  sequence: 2,
};
const [DAY_BEFORE, QUARTER_BEFORE] = ['2027-01-12T07:00:00.000Z', '2027-01-13T06:45:00.000Z'];

function plan(at: string, change: Partial<typeof appointment> = {}, reminded?: { sequence: number; number: number }) {
  const { due, nextAt } = planReminder({ ...appointment, ...change }, reminded, new Date(at));
  return [due, nextAt?.toISOString()];
}

describe('a reminder', () => {
  it.each([
    { at: '2027-01-12T06:59:59.999Z', due: undefined, next: DAY_BEFORE },
    { at: DAY_BEFORE, due: 1, next: QUARTER_BEFORE },
    { at: '2027-01-12T07:59:59.999Z', due: 1, next: QUARTER_BEFORE },
    { at: '2027-01-12T08:00:00.000Z', due: undefined, next: QUARTER_BEFORE },
    { at: QUARTER_BEFORE, due: 2, next: undefined },
    { at: '2027-01-13T06:49:59.999Z', due: 2, next: undefined },
    { at: '2027-01-13T06:50:00.000Z', due: undefined, next: undefined },
  ])('at $at is $due, and the next look $next', ({ at, due, next }) => {
    expect(plan(at)).toEqual([due, next]);
  });

  it('comes once for each change of the appointment', () => {
    expect(plan(DAY_BEFORE, {}, { sequence: 2, number: 1 })).toEqual([undefined, QUARTER_BEFORE]);
    expect(plan(DAY_BEFORE, {}, { sequence: 1, number: 1 })).toEqual([1, QUARTER_BEFORE]);
    expect(plan(QUARTER_BEFORE, {}, { sequence: 2, number: 2 })).toEqual([undefined, undefined]);
  });

  it('does not come within an hour of the announcement', () => {
    expect(plan(DAY_BEFORE, { toldAt: '2027-01-12T06:00:00.000Z' })).toEqual([1, QUARTER_BEFORE]);
    expect(plan(DAY_BEFORE, { toldAt: '2027-01-12T06:00:00.001Z' })).toEqual([undefined, QUARTER_BEFORE]);
    expect(plan(QUARTER_BEFORE, { toldAt: '2027-01-13T06:00:00.000Z' })).toEqual([undefined, undefined]);
  });

  it('does not come for a restart asked for now', () => {
    expect(plan(DAY_BEFORE, { runNow: true })).toEqual([undefined, undefined]);
  });
});
