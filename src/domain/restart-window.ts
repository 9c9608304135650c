// When a server may be touched: weekly windows in the customer's zone, minimum notice, and the openings that follow.

import { Temporal } from 'temporal-polyfill';
import { Problem } from './problem.ts';
import { quoted } from './quoted-text.ts';
import { RENEWAL_SHARE, SAFE_SHARE } from './renewal.ts';

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** Wall-clock times `HH:MM` in the policy's zone. An `end` at or before `start` lies on the next day; `24:00` is midnight. */
export interface WeeklyWindow {
  readonly day: (typeof WEEKDAYS)[number];
  readonly start: string;
  readonly end: string;
}

export interface WindowPolicy {
  /** IANA zone, like `America/Toronto`. */
  readonly timeZone: string;
  readonly windows: readonly WeeklyWindow[];
  readonly minimumNoticeSeconds: number;
  /** Whose yes is needed before the restart. */
  readonly confirmation: 'nobody' | 'contact';
  /** More active calls than this in the window: the restart waits. */
  readonly maxActiveCalls: number;
}

export interface Opening {
  readonly opensAt: Date;
  readonly closesAt: Date;
}

/** A window, or what is left of it, must leave room for a restart, its proof and a roll-back. */
export const MINIMUM_ROOM_MS = 10 * 60_000;

/** Lifetimes in days of certificates in use and announced: Let's Encrypt classic today, from 2027-02-10, from 2028-02-16. */
export const LIFETIMES_DAYS = [90, 64, 45] as const;

const DAY_MS = 24 * 3_600_000;

/** How far ahead openings are looked for: longer than any lifetime in use. */
const HORIZON_DAYS = 120;

/** A policy is judged over more than a year: the Sundays on which clocks change come up to 371 days apart, and the next window a week later. */
const YEAR_DAYS = 385;

/** Time to get the mails out before the notice begins to count: a share of the notice, at least this. */
const TELLING_MS = 2_000;
const TELLING_SHARE = 1 / 20;

/** From when on a restart leaves the notice, and the time before it in which people are told. */
export function earliestRestart({ minimumNoticeSeconds }: WindowPolicy, now: Date): Date {
  const noticeMs = minimumNoticeSeconds * 1000;
  return new Date(now.getTime() + noticeMs + Math.max(TELLING_MS, noticeMs * TELLING_SHARE));
}

/**
 * The openings that leave room after `earliest`, in order, at most `count`. The first may have begun already: it then opens at `earliest`.
 * A window belongs to the day it starts on. Every moment of an opening reads, on a clock in the zone, as one within the window: where
 * summer time begins inside it, it is as much shorter; a window that does not exist that day is left out; of an hour that comes twice,
 * the part that would begin too early or end too late is left out.
 */
export function openingsAfter(policy: WindowPolicy, earliest: Date, count: number): readonly Opening[] {
  return openingsWithin(HORIZON_DAYS, policy, earliest, count);
}

function openingsWithin(days: number, policy: WindowPolicy, earliest: Date, count: number): readonly Opening[] {
  const openings: Opening[] = [];
  const zoned = Temporal.Instant.fromEpochMilliseconds(earliest.getTime()).toZonedDateTimeISO(policy.timeZone);
  const first = zoned.toPlainDate();
  for (let ahead = -1; ahead <= days && openings.length < count; ahead += 1) {
    const day = WEEKDAYS[(first.dayOfWeek + 6 + ahead) % 7];
    const windows = policy.windows.filter((window) => window.day === day);
    if (windows.length === 0) continue;
    const date = first.add({ days: ahead });
    const today = windows
      .map((window) => openingOn(date, window, policy.timeZone))
      .map((opening) => ({ ...opening, opensAt: later(opening.opensAt, earliest) }))
      .filter((opening) => opening.closesAt.getTime() - opening.opensAt.getTime() >= MINIMUM_ROOM_MS)
      .sort((a, b) => a.opensAt.getTime() - b.opensAt.getTime());
    openings.push(...today);
  }
  return openings.slice(0, count);
}

/** The opening that contains the moment, whatever is left of it (of several, the one that closes last); undefined outside every window. */
export function openingAt(policy: WindowPolicy, moment: Date): Opening | undefined {
  const zoned = Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(policy.timeZone);
  return [-1, 0]
    .map((days) => zoned.toPlainDate().add({ days }))
    .flatMap((date) =>
      policy.windows
        .filter((window) => WEEKDAYS[date.dayOfWeek - 1] === window.day)
        .map((window) => openingOn(date, window, policy.timeZone)),
    )
    .filter((opening) => opening.opensAt <= moment && moment < opening.closesAt)
    .sort((a, b) => b.closesAt.getTime() - a.closesAt.getTime())[0];
}

/**
 * Refuses a policy that can never open (`window-never-opens`) or whose longest wait is longer than what a renewed certificate leaves
 * (`window-too-late`), for the shortest lifetime announced. `field` is the path of the policy in the input.
 */
export function judgePolicy(policy: WindowPolicy, now: Date, field: string): void {
  if (!isTimeZone(policy.timeZone)) {
    throw new Problem(
      'bad-request',
      `${field}.timeZone ${quoted(policy.timeZone)} is no IANA time zone; give one like America/Toronto`,
      {
        field: `${field}.timeZone`,
      },
    );
  }
  const openings = openingsOfYear(policy, now);
  if (openings.length === 0) {
    throw new Problem(
      'window-never-opens',
      `${field}.windows never leave ${MINIMUM_ROOM_MS / 60_000} minutes for a restart; give a window that is longer`,
      { field: `${field}.windows` },
    );
  }
  const gap = longestGap(openings, earliestRestart(policy, now));
  const noticeMs = noticeMsOf(policy, now);
  const waitMs = noticeMs + gap.lengthMs + MINIMUM_ROOM_MS;
  const fits = LIFETIMES_DAYS.filter((days) => waitMs <= slackMs(days));
  if (fits.length === LIFETIMES_DAYS.length) return;
  const shortest = LIFETIMES_DAYS.at(-1) ?? 0;
  throw new Problem(
    'window-too-late',
    `${field} may make a restart wait ${inDays(waitMs)} days (${inDays(noticeMs)} for the notice, and no window from ` +
      `${gap.from.toISOString()} for ${inDays(gap.lengthMs)} days); a certificate of ` +
      `${shortest} days leaves ${inDays(slackMs(shortest))}; ${fits.length === 0 ? 'it fits no lifetime in use' : `it fits lifetimes from ${fits.at(-1)} days`}`,
    { field },
  );
}

/**
 * The longest a restart may have to wait under this policy, whenever in the year it is asked for: the notice, the way to the next window,
 * and the room for the restart itself.
 */
export function longestWaitMs(policy: WindowPolicy, now: Date): number {
  const gap = longestGap(openingsOfYear(policy, now), earliestRestart(policy, now));
  return noticeMsOf(policy, now) + gap.lengthMs + MINIMUM_ROOM_MS;
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
  const midnightAfter = time === '24:00';
  const wall = (midnightAfter ? date.add({ days: 1 }) : date).toPlainDateTime(midnightAfter ? '00:00' : time);
  const zoned = wall.toZonedDateTime(timeZone, { disambiguation: repeated });
  if (zoned.toPlainDateTime().equals(wall)) return new Date(zoned.epochMilliseconds);
  const before = wall.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  return new Date((before.getTimeZoneTransition('next') ?? before).epochMilliseconds);
}

function openingsOfYear(policy: WindowPolicy, now: Date): readonly Opening[] {
  return openingsWithin(YEAR_DAYS, policy, earliestRestart(policy, now), Number.POSITIVE_INFINITY);
}

function noticeMsOf(policy: WindowPolicy, now: Date): number {
  return earliestRestart(policy, now).getTime() - now.getTime();
}

/** The longest time in which no restart may begin: from `start`, or when an opening has no room left, up to the next. */
function longestGap(openings: readonly Opening[], start: Date): { readonly from: Date; readonly lengthMs: number } {
  let longest = { from: start, lengthMs: 0 };
  let from = start;
  for (const { opensAt, closesAt } of openings) {
    const lengthMs = opensAt.getTime() - from.getTime();
    if (lengthMs > longest.lengthMs) longest = { from, lengthMs };
    from = later(new Date(closesAt.getTime() - MINIMUM_ROOM_MS), from);
  }
  return longest;
}

function slackMs(lifetimeDays: number): number {
  return Math.round(lifetimeDays * DAY_MS * (RENEWAL_SHARE - SAFE_SHARE));
}

function isTimeZone(text: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    return /^[A-Za-z]/.test(text);
  } catch {
    return false;
  }
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function inDays(ms: number): string {
  return (ms / DAY_MS).toFixed(1);
}
