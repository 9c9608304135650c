// Which minutes a restart may begin in, and whether a policy can be met: found by walking along a wall clock, sharing no code with the service.

import type { Wall } from './wall-clock.ts';

export interface OracleWindow {
  readonly day: string;
  readonly start: string;
  readonly end: string;
}

export interface OracleFreeze {
  readonly from: string;
  readonly to: string;
}

export interface OraclePolicy {
  readonly minimumNoticeSeconds: number;
}

/** 1 for each minute of the wall of which something holds. */
export type Minutes = Uint8Array;

/** A restart, its proof and a roll-back, in minutes. */
export const ROOM = 10;

const DAY = 1440;
const WEEK = 7 * DAY;

/** 1970-01-01 was a Thursday. */
const DAYS = ['thursday', 'friday', 'saturday', 'sunday', 'monday', 'tuesday', 'wednesday'];

/** Of certificates, in days, with the first day they are issued. */
export const LIFETIMES = [
  { days: 90, from: Date.UTC(1970, 0, 1) },
  { days: 64, from: Date.UTC(2027, 1, 10) },
  { days: 45, from: Date.UTC(2028, 1, 16) },
];

/** Minutes before the restart at which a person begins to be told: the notice and a twentieth of it. */
export function leadMinutes({ minimumNoticeSeconds }: OraclePolicy): number {
  return Math.max(2 / 60, (minimumNoticeSeconds / 60) * (1 / 20)) + minimumNoticeSeconds / 60;
}

/** A certificate is renewed with a third of its life left, and replaced before a twentieth is left. */
export function slackMinutes(lifetimeDays: number): number {
  return Math.round((lifetimeDays * DAY * 17) / 60);
}

/** From this moment on a certificate of that lifetime may be due for renewal, with a third of its life left. */
export function dueFromMs(lifetimeDays: number): number {
  const issuedFrom = LIFETIMES.find(({ days }) => days === lifetimeDays)?.from ?? Number.NaN;
  return issuedFrom + lifetimeDays * DAY * 40_000;
}

/** The minutes in which a restart may begin: those that leave room. */
export function beginnable(
  wall: Wall,
  windows: readonly OracleWindow[],
  freezes: readonly OracleFreeze[] = [],
): Minutes {
  const minutes = new Uint8Array(wall.reads.length);
  const frozen = frozenDays(freezes);
  for (const window of windows) {
    for (const night of nightsOf(wall, window)) {
      const { first, end } = frozen.size === 0 ? night : unfrozen(night, wall, frozen);
      minutes.fill(1, first, Math.max(first, end - ROOM + 1));
    }
  }
  return minutes;
}

function frozenDays(freezes: readonly OracleFreeze[]): ReadonlySet<number> {
  const days = new Set<number>();
  for (const { from, to } of freezes)
    for (let ms = Date.parse(from); ms <= Date.parse(to); ms += DAY * 60_000) days.add(ms / (DAY * 60_000));
  return days;
}

/** Nothing of a night that belongs to a frozen day; of another, what comes before the first minute that shows one. */
function unfrozen(night: Night, { reads }: Wall, frozen: ReadonlySet<number>): Stretch {
  const { first, end, day } = night;
  if (frozen.has(day)) return { first, end: first };
  let until = first;
  while (until < end && !frozen.has(Math.floor((reads[until] ?? 0) / DAY))) until += 1;
  return { first, end: until };
}

export interface Gap {
  /** The last minute in which a restart may begin, or the one asked from. */
  readonly from: number;
  /** The next one. */
  readonly to: number;
}

/** The times without a restart that begin within so many minutes of `from`; the last may reach beyond. */
export function gapsOf(minutes: Minutes, from: number, within: number): readonly Gap[] {
  const gaps: Gap[] = [];
  for (let at = from; at < from + within; ) {
    const to = minutes.indexOf(1, minutes[at] === 1 ? at + 1 : at);
    if (to < 0) break;
    if (to > at + 1) gaps.push({ from: at, to });
    const shut = minutes.indexOf(0, to);
    at = shut < 0 ? minutes.length : shut - 1;
  }
  return gaps;
}

interface Night extends Stretch {
  /** Days since 1970 of the day it belongs to, on the wall's calendar. */
  readonly day: number;
}

interface Stretch {
  readonly first: number;
  /** The first minute that is not in it any more. */
  readonly end: number;
}

/**
 * One stretch for each time the window comes. Where a repeated hour tears it in two, the first part counts that the clock runs through
 * to its end, and what begins twice begins the second time.
 */
function nightsOf({ reads, biggestJump }: Wall, window: OracleWindow): readonly Night[] {
  const length = minuteOf(window.end) - minuteOf(window.start);
  const lasts = length > 0 ? length : length + DAY;
  const opensDay = DAYS.indexOf(window.day) * DAY;
  const opens = opensDay + minuteOf(window.start);
  const sinceOpening = (minute: number) => ((reads[minute] ?? 0) - opens) % WEEK;
  const dayOf = (minute: number) => (Math.floor(((reads[minute] ?? 0) - opens) / WEEK) * WEEK + opensDay) / DAY;
  const nights: Night[] = [];
  let minute = 0;
  while (minute < reads.length) {
    const since = sinceOpening(minute);
    if (since >= lasts) {
      // What is so far off that no change of the clocks could bring it here is not looked at.
      minute += Math.max(1, WEEK - since - biggestJump - 1);
      continue;
    }
    const first = minute;
    while (minute < reads.length && sinceOpening(minute) < lasts) minute += 1;
    const before = nights.at(-1);
    const night = { first, end: minute, day: dayOf(first) };
    if (before?.day !== night.day) nights.push(night);
    else if ((reads[before.end] ?? 0) < (reads[before.end - 1] ?? 0)) nights.splice(-1, 1, night);
  }
  return nights.map((night) => ({ ...night, first: lastThatReads(reads, night.first, night.end) }));
}

function lastThatReads(reads: Int32Array, first: number, end: number): number {
  return reads.subarray(first, end).lastIndexOf(reads[first] ?? 0) + first;
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
