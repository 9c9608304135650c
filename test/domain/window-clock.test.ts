// Openings against an oracle that knows nothing of them: minute by minute, what a clock on the customer's wall shows.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  MINIMUM_ROOM_MS,
  openingAt,
  openingsAfter,
  WEEKDAYS,
  type WindowPolicy,
} from '../../src/domain/restart-window.ts';

const MINUTE_MS = 60_000;
const QUARTER = 15;
const SPAN_MINUTES = 60 * 60;

/** Noons before the clocks change (and some before quiet days), forth and back, by whole and half hours, at night and at midnight. */
const changes = [
  { timeZone: 'America/Toronto', noon: '2027-03-13T17:00Z' },
  { timeZone: 'America/Toronto', noon: '2027-11-06T16:00Z' },
  { timeZone: 'America/St_Johns', noon: '2027-11-06T14:30Z' },
  { timeZone: 'Europe/Berlin', noon: '2027-03-27T11:00Z' },
  { timeZone: 'Europe/Berlin', noon: '2027-10-30T10:00Z' },
  { timeZone: 'Australia/Lord_Howe', noon: '2027-04-03T01:00Z' },
  { timeZone: 'Australia/Lord_Howe', noon: '2027-10-02T01:30Z' },
  { timeZone: 'America/Havana', noon: '2026-03-07T17:00Z' },
  { timeZone: 'America/Havana', noon: '2026-10-31T16:00Z' },
  { timeZone: 'Africa/Cairo', noon: '2026-04-23T10:00Z' },
  { timeZone: 'Africa/Cairo', noon: '2026-10-29T09:00Z' },
  { timeZone: 'Asia/Beirut', noon: '2026-03-28T10:00Z' },
  { timeZone: 'Asia/Kolkata', noon: '2027-01-11T06:30Z' },
  { timeZone: 'Pacific/Chatham', noon: '2027-09-25T00:00Z' },
  { timeZone: 'Etc/UTC', noon: '2027-01-11T12:00Z' },
] as const;

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '05', '15', '30', '45', '59'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);

/** Mostly in the small hours, where the clocks change. */
const nightClock = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('00', '10', '20', '30', '40', '50'))
  .map(([hour, minute]) => `0${hour}:${minute}`);

const oneWindow = fc.record({
  day: fc.constantFrom(...WEEKDAYS),
  start: fc.oneof(clock, nightClock, nightClock, fc.constant('24:00')),
  end: fc.oneof(clock, nightClock, nightClock, fc.constant('24:00')),
});

const cases = fc.record({
  change: fc.constantFrom(...changes),
  windows: fc.array(oneWindow, { minLength: 1, maxLength: 3 }),
  offset: fc.integer({ min: 0, max: 24 * 60 }),
});

it('opens only in minutes that the wall shows as inside, and in all of them on days without a repeated hour', () => {
  fc.assert(
    fc.property(cases, ({ change, windows, offset }) => {
      const policy: WindowPolicy = {
        timeZone: change.timeZone,
        windows,
        minimumNoticeSeconds: 0,
        confirmation: 'nobody',
        maxActiveCalls: 0,
      };
      const minutes = wallOf(change)
        .slice(offset)
        .map((one) => ({ ...one, isShown: windows.some((window) => isShownInside(one, window)) }));
      const openings = openingsAfter(policy, new Date(minutes[0]?.at ?? 0), 60);
      const isOpen = ({ at }: WallMinute) =>
        openings.some(({ opensAt, closesAt }) => opensAt.getTime() <= at && at < closesAt.getTime());

      const openOutside = minutes.filter((one) => isOpen(one) && !one.isShown);
      const closedInside = minutes.filter((one, i) => one.isShown && !isOpen(one) && isWholeRun(minutes, i));
      const elsewhereAsked = minutes.filter(
        (one, i) => i % 20 === 0 && isOpen(one) && openingAt(policy, new Date(one.at)) === undefined,
      );
      const outsideAsked = minutes.filter(
        (one, i) => i % 20 === 0 && !one.isShown && openingAt(policy, new Date(one.at)) !== undefined,
      );
      const wrong = [...openOutside, ...closedInside, ...elsewhereAsked, ...outsideAsked];
      expect(wrong.map(({ at }) => new Date(at).toISOString())).toEqual([]);
      for (const { opensAt, closesAt } of openings)
        expect(closesAt.getTime() - opensAt.getTime()).toBeGreaterThanOrEqual(MINIMUM_ROOM_MS);
    }),
    { numRuns: 300, seed: 20_270_314 },
  );
});

interface WallMinute {
  readonly at: number;
  /** Days since 1970, as the wall's calendar counts them. */
  readonly day: number;
  readonly minute: number;
  /** The same reading comes, or came, another time. */
  readonly isRepeated: boolean;
}

type Window = WindowPolicy['windows'][number];

function minuteOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

/** The window that began on the day before, on this day or (`24:00`) at its very end. */
function isShownInside({ day, minute }: Pick<WallMinute, 'day' | 'minute'>, window: Window): boolean {
  const start = minuteOf(window.start);
  const end = window.end <= window.start ? minuteOf(window.end) + 24 * 60 : minuteOf(window.end);
  return [0, 1].some((ago) => {
    // 1970-01-01 was a Thursday
    const isItsDay = WEEKDAYS[(((day - ago + 3) % 7) + 7) % 7] === window.day;
    const since = minute + ago * 24 * 60;
    return isItsDay && start <= since && since < end;
  });
}

/**
 * Whether the minute belongs to a run of minutes inside that leaves room, ends within what we look at, and touches no reading that
 * comes twice: of those runs only a part is used.
 */
function isWholeRun(minutes: readonly (WallMinute & { readonly isShown: boolean })[], index: number): boolean {
  let first = index;
  let last = index;
  while (minutes[first - 1]?.isShown) first -= 1;
  while (minutes[last + 1]?.isShown) last += 1;
  const run = minutes.slice(first, last + 1);
  return last + 1 < minutes.length && run.length * MINUTE_MS >= MINIMUM_ROOM_MS && !run.some((one) => one.isRepeated);
}

const walls = new Map<object, readonly WallMinute[]>();

/** Clocks change on quarters of an hour; between two of them minutes are counted. */
function wallOf(change: (typeof changes)[number]): readonly WallMinute[] {
  const known = walls.get(change);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: change.timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const shown = Array.from({ length: SPAN_MINUTES / QUARTER }, (_, i) => {
    const at = new Date(change.noon).getTime() + i * QUARTER * MINUTE_MS;
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
    const quarter = { day: Date.UTC(year, month - 1, day) / 86_400_000, minute: hour * 60 + minute };
    return Array.from({ length: QUARTER }, (_, more) => ({
      at: at + more * MINUTE_MS,
      day: quarter.day,
      minute: quarter.minute + more,
    }));
  }).flat();
  const seen = new Map<number, number>();
  for (const { day, minute } of shown) seen.set(day * 1440 + minute, (seen.get(day * 1440 + minute) ?? 0) + 1);
  const wall = shown.map((one) => ({ ...one, isRepeated: (seen.get(one.day * 1440 + one.minute) ?? 0) > 1 }));
  walls.set(change, wall);
  return wall;
}
