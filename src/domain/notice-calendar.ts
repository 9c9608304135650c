// What a notice does to people's calendars: one entry for each order, which appears, moves and goes with its restart.

import { type Appointment, needsYes } from './appointment.ts';
import { writeCalendarEvent } from './calendar-event.ts';
import { announcesRestart, type NoticeFacts, type NoticeKind, noticePage } from './notice.ts';
import { rowAsText } from './notice-page.ts';

export interface NoticeCalendar {
  readonly method: 'PUBLISH' | 'CANCEL';
  /** An iCalendar object. */
  readonly content: string;
}

export interface CalendarSender {
  /** Of the notice, not of the attempt to send it. */
  readonly writtenAt: Date;
  /** A plain e-mail address. */
  readonly organizer: string;
  /** Right-hand side of the UID. */
  readonly domain: string;
}

/**
 * An order has one restart, whose appointment may be missed and followed by another: the UID is the order's, so people see one entry move, not a
 * stale one beside a new one. So the SEQUENCE must grow over all appointments of the order: each has a hundred thousand changes of its own, and the
 * tenth and last still fits 32 bits (RFC 5545, 3.3.8).
 */
export const CHANGES_OF_ONE = 100_000;

/** Undefined for a notice that moves no restart: what was done stays in the calendar where it was. */
export function noticeCalendar(
  kind: NoticeKind,
  facts: NoticeFacts,
  { writtenAt, organizer, domain }: CalendarSender,
): NoticeCalendar | undefined {
  const { order, appointment } = facts;
  const isCancelled = kind === 'restart-cancelled' || kind === 'restart-off';
  if (appointment === undefined || !(isCancelled || announcesRestart(kind))) return undefined;
  const { lines, meaning } = noticePage(kind, facts);
  const method = isCancelled ? 'CANCEL' : 'PUBLISH';
  const content = writeCalendarEvent({
    method,
    uid: `${order.id}@${domain}`,
    sequence: sequenceOf(appointment, kind === 'restart-off' ? 1 : 0),
    writtenAt,
    startsAt: new Date(appointment.opensAt),
    endsAt: new Date(appointment.closesAt),
    status: isCancelled ? 'CANCELLED' : isSure(appointment) ? 'CONFIRMED' : 'TENTATIVE',
    organizer,
    summary: `InfinityOne restart on ${order.request.hostname}`,
    description: [...lines, ...meaning.map(rowAsText)].join('\n'),
    location: order.request.hostname,
  });
  return { method, content };
}

/** A restart that is off was changed by nobody: its entry goes with the number after its last change. */
function sequenceOf({ number, sequence }: Appointment, after: 0 | 1): number {
  return (number - 1) * CHANGES_OF_ONE + Math.min(sequence + after, CHANGES_OF_ONE - 1);
}

/** Not by the state: it may change between two attempts at the same notice. */
function isSure(appointment: Appointment): boolean {
  return appointment.runNow || !needsYes(appointment);
}
