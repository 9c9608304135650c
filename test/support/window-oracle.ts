// Which minutes a restart may begin in, and whether a policy can be met: found by walking along a wall clock, sharing no code with the service.

import type { Wall } from './wall-clock.ts';

export interface OracleWindow {
  readonly day: string;
  readonly start: string;
  readonly end: string;
}

export interface OraclePolicy {
  readonly windows: readonly OracleWindow[];
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
const LIFETIMES = [
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

export function lifetimesIssuedAt(ms: number): readonly number[] {
  return LIFETIMES.filter(({ from }) => from <= ms).map(({ days }) => days);
}

/** The minutes in which a restart may begin: those that leave room. */
export function beginnable(wall: Wall, windows: readonly OracleWindow[]): Minutes {
  const minutes = new Uint8Array(wall.reads.length);
  for (const window of windows)
    for (const { first, end } of nightsOf(wall, window)) minutes.fill(1, first, Math.max(first, end - ROOM + 1));
  return minutes;
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

interface Stretch {
  readonly first: number;
  /** The first minute that is not in it any more. */
  readonly end: number;
}

/**
 * One stretch for each time the window comes. Where a repeated hour tears it in two, the first part counts that the clock runs through
 * to its end, and what begins twice begins the second time.
 */
function nightsOf({ reads, biggestJump }: Wall, window: OracleWindow): readonly Stretch[] {
  const length = minuteOf(window.end) - minuteOf(window.start);
  const lasts = length > 0 ? length : length + DAY;
  const opens = DAYS.indexOf(window.day) * DAY + minuteOf(window.start);
  const sinceOpening = (minute: number) => ((reads[minute] ?? 0) - opens) % WEEK;
  const weekOf = (minute: number) => Math.floor(((reads[minute] ?? 0) - opens) / WEEK);
  const nights: Stretch[] = [];
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
    if (before === undefined || weekOf(before.first) !== weekOf(first)) nights.push({ first, end: minute });
    else if ((reads[before.end] ?? 0) < (reads[before.end - 1] ?? 0)) nights.splice(-1, 1, { first, end: minute });
  }
  return nights.map(({ first, end }) => ({ first: lastThatReads(reads, first, end), end }));
}

function lastThatReads(reads: Int32Array, first: number, end: number): number {
  return reads.subarray(first, end).lastIndexOf(reads[first] ?? 0) + first;
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}
