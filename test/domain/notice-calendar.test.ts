// What notices do to calendars: one entry an order, which appears, moves and goes, and never goes back.

import { describe, expect, it } from 'vitest';
import {
  type Appointment,
  cancelAppointment,
  moveAppointment,
  runAppointmentNow,
} from '../../src/domain/appointment.ts';
import { announcesRestart, type NoticeKind, writeNotice } from '../../src/domain/notice.ts';
import { noticeCalendar } from '../../src/domain/notice-calendar.ts';
import { appointment, order } from '../support/notice-facts.ts';
import { readCalendar } from '../support/read-calendar.ts';

const sender = {
  writtenAt: new Date('2027-01-11T15:00:00Z'),
  organizer: 'certificates@emetrotel.test',
  domain: 'certificates.emetrotel.test',
};

function entry(kind: NoticeKind, of: Appointment = appointment, why?: string) {
  const calendar = noticeCalendar(kind, { order, appointment: of, why }, sender);
  if (calendar === undefined) throw new Error(`no calendar for ${kind}`);
  const read = readCalendar(calendar.content);
  expect(read.method).toBe(calendar.method);
  return read;
}

describe('the calendar of a notice', () => {
  it.each<{ kind: NoticeKind; method: string; status: string }>([
    { kind: 'restart-announced', method: 'PUBLISH', status: 'CONFIRMED' },
    { kind: 'restart-moved', method: 'PUBLISH', status: 'CONFIRMED' },
    { kind: 'restart-now', method: 'PUBLISH', status: 'CONFIRMED' },
    { kind: 'restart-missed', method: 'PUBLISH', status: 'CONFIRMED' },
    { kind: 'restart-cancelled', method: 'CANCEL', status: 'CANCELLED' },
    { kind: 'restart-off', method: 'CANCEL', status: 'CANCELLED' },
  ])('of $kind is $method', ({ kind, method, status }) => {
    expect(entry(kind)).toMatchObject({
      method,
      status,
      uid: 'o1@certificates.emetrotel.test',
      writtenAt: sender.writtenAt,
      startsAt: new Date(appointment.opensAt),
      endsAt: new Date(appointment.closesAt),
      summary: 'InfinityOne restart on pbx.northwind.test',
      location: 'pbx.northwind.test',
      organizer: 'mailto:certificates@emetrotel.test',
    });
  });

  it.each<NoticeKind>(['certificate-served', 'rolled-back', 'look-outside', 'needs-attention'])(
    'of %s is none: what was done stays where it was',
    (kind) => {
      expect(announcesRestart(kind)).toBe(false);
      expect(noticeCalendar(kind, { order, appointment, why: undefined }, sender)).toBeUndefined();
    },
  );

  it('is none without an appointment', () => {
    const facts = { order, appointment: undefined, why: undefined };
    expect(noticeCalendar('restart-announced', facts, sender)).toBeUndefined();
  });

  it('says what the mail says', () => {
    const { text } = writeNotice('restart-missed', { order, appointment, why: 'calls, many; and more' });
    const lines = String(entry('restart-missed', appointment, 'calls, many; and more').description).split('\n');
    expect(lines).toContain('Why: calls, many; and more');
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.filter((line) => !text.includes(`${line}\n`))).toEqual([]);
  });

  it('is tentative until somebody confirms, and stays what it was when the notice is repeated after that', () => {
    const asked = { ...appointment, confirmation: 'contact' as const };
    expect(entry('restart-announced', asked).status).toBe('TENTATIVE');
    expect(entry('restart-announced', { ...asked, state: 'confirmed' }).status).toBe('TENTATIVE');
    expect(entry('restart-announced', { ...asked, confirmation: 'ops' }).status).toBe('TENTATIVE');
    expect(entry('restart-now', { ...asked, runNow: true }).status).toBe('CONFIRMED');
    expect(entry('restart-announced', { ...asked, emergency: true }).status).toBe('CONFIRMED');
  });

  it('is one entry whose number only grows, through moves, missed windows, and the end', () => {
    const now = new Date('2027-01-11T15:00:00Z');
    const moved = moveAppointment(appointment, order.request.windowPolicy, new Date('2027-01-20T07:30:00Z'), now);
    const second: Appointment = { ...appointment, id: 'o1-a2', number: 2, sequence: 0 };
    const third: Appointment = { ...appointment, id: 'o1-a3', number: 3, sequence: 0 };
    const story: readonly (readonly [NoticeKind, Appointment])[] = [
      ['restart-announced', appointment],
      ['restart-moved', moved],
      ['restart-moved', { ...moved, sequence: 99_999 }],
      ['restart-missed', second],
      ['restart-now', runAppointmentNow(second, 'contact', now)],
      ['restart-missed', third],
      ['restart-cancelled', cancelAppointment(third)],
    ];
    const entries = story.map(([kind, of]) => entry(kind, of));
    expect(new Set(entries.map(({ uid }) => uid)).size).toBe(1);
    const numbers = entries.map(({ sequence }) => Number(sequence));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers[0]).toBe(0);
    expect(entries[1]?.startsAt).toEqual(new Date('2027-01-20T07:30:00Z'));
  });

  it('never takes a number of the next appointment, and fits 32 bits to the last', () => {
    const wild = entry('restart-moved', { ...appointment, number: 10, sequence: 123_456_789 });
    expect(wild.sequence).toBe(999_999);
    expect(entry('restart-missed', { ...appointment, number: 11 }).sequence).toBe(1_000_000);
  });
});
