// When a server may be touched: weekly windows in the customer's zone, days that are frozen, minimum notice, and the openings that follow.

import { Temporal } from 'temporal-polyfill';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** Wall-clock times `HH:MM` in the policy's zone. An `end` at or before `start` lies on the next day; `24:00` is midnight. */
export interface WeeklyWindow {
  readonly day: (typeof WEEKDAYS)[number];
  readonly start: string;
  readonly end: string;
}

/** Calendar days in the policy's zone, `YYYY-MM-DD`, both ends included. */
export interface FreezeDates {
  readonly from: string;
  readonly to: string;
}

/** What is absent was not asked for: policies are kept as they were set, and renewals go by them. */
export interface WindowPolicy {
  /** IANA zone, like `America/Toronto`. */
  readonly timeZone: string;
  readonly windows: readonly WeeklyWindow[];
  /** No restart begins on these days. Absent = none. */
  readonly freezeDates?: readonly FreezeDates[] | undefined;
  readonly minimumNoticeSeconds: number;
  /** Whose yes is needed before the restart. */
  readonly confirmation: Confirmation;
  /** More active calls than this in the window: the restart waits. */
  readonly maxActiveCalls: number;
  /** When calls go on to the end of the window: another window, or a restart that drops them. Absent = `postpone`. */
  readonly whenCallsPersist?: (typeof WHEN_CALLS_PERSIST)[number] | undefined;
  /** So often a restart is missed or moved; then a person decides. Absent = `MAX_POSTPONEMENTS`. */
  readonly maxPostponements?: number | undefined;
  /** `false`: InfinityOne is not restarted where it serves the whole new chain by itself. Absent = it is restarted, as the manual says. */
  readonly restartWhenServedAlready?: boolean | undefined;
  /** When no window is left before the last safe date: a person decides, or it is restarted outside of them. Absent = `ask`. */
  readonly emergency?: (typeof EMERGENCIES)[number] | undefined;
}

export const WHEN_CALLS_PERSIST = ['postpone', 'restart'] as const;

export const EMERGENCIES = ['ask', 'restart'] as const;

/** Who must say yes: nobody, a contact of the customer's, or our own people. */
export const CONFIRMATIONS = ['nobody', 'contact', 'ops'] as const;
export type Confirmation = (typeof CONFIRMATIONS)[number];

/** With the first, ten windows: what the 3,000 operations of an execution (Lambda quota) are enough for. */
export const MAX_POSTPONEMENTS = 9;

export interface Opening {
  readonly opensAt: Date;
  readonly closesAt: Date;
}

/** A window, or what is left of it, must leave room for a restart, its proof and a roll-back. */
export const MINIMUM_ROOM_MS = 10 * 60_000;

/** How far ahead openings are looked for: longer than any lifetime in use. */
const HORIZON_DAYS = 120;

/** Time to get the mails out before the notice begins to count: a share of the notice, at least this. */
const TELLING_MS = 2_000;
const TELLING_SHARE = 1 / 20;

/** From when on a restart leaves the notice, and the time before it in which people are told. */
export function earliestRestart({ minimumNoticeSeconds }: Pick<WindowPolicy, 'minimumNoticeSeconds'>, now: Date): Date {
  const noticeMs = minimumNoticeSeconds * 1000;
  return new Date(now.getTime() + noticeMs + Math.max(TELLING_MS, noticeMs * TELLING_SHARE));
}

/**
 * The openings that leave room after `earliest`, in order, at most `count`. The first may have begun already: it then opens at `earliest`.
 * A window belongs to the day it starts on: on a frozen day it does not open at all, and one of the evening before ends at midnight.
 * Every moment of an opening reads, on a clock in the zone, as one within the window: where summer time begins inside it, it is as much
 * shorter; a window that does not exist that day is left out; of an hour that comes twice, the part that would begin too early or end
 * too late is left out.
 */
export function openingsAfter(policy: WindowPolicy, earliest: Date, count: number): readonly Opening[] {
  return openingsWithin(HORIZON_DAYS, policy, earliest, count);
}

/** The same for so many days, however many there are. */
export function openingsOfDays(days: number, policy: WindowPolicy, earliest: Date): readonly Opening[] {
  return openingsWithin(days, policy, earliest, Number.POSITIVE_INFINITY);
}

function openingsWithin(days: number, policy: WindowPolicy, earliest: Date, count: number): readonly Opening[] {
  const openings: Opening[] = [];
  const first = dateOf(earliest, policy);
  for (let ahead = -1; ahead <= days && openings.length < count; ahead += 1) {
    const day = WEEKDAYS[(first.dayOfWeek + 6 + ahead) % 7];
    if (!policy.windows.some((window) => window.day === day)) continue;
    const today = openingsOn(first.add({ days: ahead }), policy)
      .map((opening) => ({ ...opening, opensAt: later(opening.opensAt, earliest) }))
      .filter((opening) => opening.closesAt.getTime() - opening.opensAt.getTime() >= MINIMUM_ROOM_MS)
      .sort((a, b) => a.opensAt.getTime() - b.opensAt.getTime());
    openings.push(...today);
  }
  return openings.slice(0, count);
}

/** The opening that contains the moment, whatever is left of it (of several, the one that closes last); undefined outside every window. */
export function openingAt(policy: WindowPolicy, moment: Date): Opening | undefined {
  const today = dateOf(moment, policy);
  return [today.subtract({ days: 1 }), today]
    .flatMap((date) => openingsOn(date, policy))
    .filter((opening) => opening.opensAt <= moment && moment < opening.closesAt)
    .sort((a, b) => b.closesAt.getTime() - a.closesAt.getTime())[0];
}

/** The openings of the windows that start on that day; none on a frozen one. */
function openingsOn(date: Temporal.PlainDate, policy: WindowPolicy): readonly Opening[] {
  const openings = policy.windows
    .filter((window) => WEEKDAYS[date.dayOfWeek - 1] === window.day)
    .map((window) => openingOn(date, window, policy.timeZone));
  const { freezeDates = [] } = policy;
  if (freezeDates.length === 0) return openings;
  if (isFrozen(date, freezeDates)) return [];
  const next = date.add({ days: 1 });
  if (!isFrozen(next, freezeDates)) return openings;
  const midnight = new Date(next.toZonedDateTime(policy.timeZone).epochMilliseconds);
  return openings.map(({ opensAt, closesAt }) => ({ opensAt, closesAt: closesAt < midnight ? closesAt : midnight }));
}

function isFrozen(date: Temporal.PlainDate, freezeDates: readonly FreezeDates[]): boolean {
  const day = date.toString();
  return freezeDates.some(({ from, to }) => from <= day && day <= to);
}

/** Of an hour that comes twice, a window takes the later beginning and the earlier end; one that lies inside that hour, its first coming. */
function openingOn(date: Temporal.PlainDate, window: WeeklyWindow, timeZone: string): Opening {
  const crossesMidnight = window.end <= window.start;
  const closesAt = instantOf(crossesMidnight ? date.add({ days: 1 }) : date, window.end, timeZone, 'earlier');
  const opensLast = instantOf(date, window.start, timeZone, 'later');
  return { opensAt: opensLast < closesAt ? opensLast : instantOf(date, window.start, timeZone, 'earlier'), closesAt };
}

/** A time that does not exist that day is the moment in which the clocks are put forward over it. */
function instantOf(date: Temporal.PlainDate, time: string, timeZone: string, repeated: 'earlier' | 'later'): Date {
  const wall = time === '24:00' ? date.add({ days: 1 }).toPlainDateTime() : date.toPlainDateTime(clockTime(time));
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: repeated });
  if (zoned.toPlainDateTime().equals(wall)) return new Date(zoned.epochMilliseconds);
  const before = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return new Date((before.getTimeZoneTransition('next') ?? before).epochMilliseconds);
}

const clockTimes = new Map<string, Temporal.PlainTime>();

/** Read once: there are no more than the minutes of a day, and a year of openings asks for the same few. */
function clockTime(time: string): Temporal.PlainTime {
  const known = clockTimes.get(time) ?? Temporal.PlainTime.from(time);
  clockTimes.set(time, known);
  return known;
}

function dateOf(moment: Date, { timeZone }: WindowPolicy): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
