// A restart outside of windows: only where the policy says so and no window is left, and never without notice.

import { describe, expect, it } from 'vitest';
import { type Appointment, moveAppointment, planAppointment, reviewAppointment } from '../../src/domain/appointment.ts';
import type { WindowPolicy } from '../../src/domain/restart-window.ts';

/** A day of notice takes 25.2 hours with the time to tell. */
const restart: WindowPolicy = {
  timeZone: 'Etc/UTC',
  windows: [{ day: 'wednesday', start: '02:00', end: '04:00' }],
  minimumNoticeSeconds: 24 * 3600,
  confirmation: 'contact',
  maxActiveCalls: 0,
  emergency: 'restart',
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
  confirmation: 'contact',
  runNow: false,
  emergency: true,
  sequence: 0,
  toldAt: '2027-01-11T00:05:00.000Z',
};

describe('an emergency', () => {
  const planned = (of: WindowPolicy, lastSafe: string) => {
    const plan = planAppointment(of, new Date(lastSafe), MONDAY);
    if (plan.kind !== 'planned') return plan.kind;
    const { opening, noticeDeadlineAt, isEmergency } = plan;
    return [opening.opensAt, opening.closesAt, noticeDeadlineAt]
      .map((at) => at.toISOString().slice(0, 19))
      .concat(`${isEmergency}`);
  };

  it.each([
    {
      when: 'there is none while a window is left',
      lastSafe: '2027-01-13T02:10:00Z',
      expected: ['2027-01-13T02:00:00', '2027-01-13T02:10:00', '2027-01-12T02:00:00', 'false'],
    },
    {
      when: 'it keeps the notice where that is in time',
      lastSafe: '2027-01-12T12:00:00Z',
      expected: ['2027-01-12T01:12:00', '2027-01-12T05:12:00', '2027-01-11T01:12:00', 'true'],
    },
    {
      when: 'it begins just before the last safe date where it is not',
      lastSafe: '2027-01-11T12:00:00Z',
      expected: ['2027-01-11T08:00:00', '2027-01-11T12:00:00', '2027-01-11T07:00:00', 'true'],
    },
    {
      when: 'it leaves an hour, when the last safe date is over',
      lastSafe: '2027-01-10T12:00:00Z',
      expected: ['2027-01-11T01:03:00', '2027-01-11T05:03:00', '2027-01-11T00:03:00', 'true'],
    },
  ])('is planned outside of windows if the policy says so: $when', ({ lastSafe, expected }) => {
    expect(planned(restart, lastSafe)).toEqual(expected);
    if (expected.at(-1) === 'true') expect(planned({ ...restart, emergency: 'ask' }, lastSafe)).toBe('nothing-fits');
  });

  it('needs no confirmation, and is none any more when it was moved into a window', () => {
    const inside = new Date('2027-01-13T02:30:00Z');
    expect(reviewAppointment(announced, undefined, inside)).toEqual({ next: 'activate' });
    const moved = moveAppointment(announced, restart, inside, MONDAY);
    expect(moved.emergency).toBeUndefined();
    expect(reviewAppointment({ ...moved, toldAt: MONDAY.toISOString() }, undefined, inside).next).toBe('wait');
  });
});
