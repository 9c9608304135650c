// Policies and renewals to try them on: drawn from a seed, most of them near the nights on which clocks are changed.

import type { WindowPolicy } from '../../src/domain/restart-window.ts';
import { randomOf } from './seeded.ts';
import { type Wall, wallOf } from './wall-clock.ts';
import { beginnable, type Gap, gapsOf, leadMinutes, type Minutes, ROOM, slackMinutes } from './window-oracle.ts';

export interface PolicyCase {
  readonly policy: WindowPolicy;
  readonly wall: Wall;
  /** By the oracle: in which minutes of the wall a restart may begin. */
  readonly minutes: Minutes;
  /** The same as if no day were frozen. */
  readonly unfrozen: Minutes;
  /** The minute of the wall in which the policy is set. */
  readonly setAt: number;
  /** 0 to 1, drawn for whoever tries the case. */
  readonly luck: () => number;
}

/** How long a policy is tried; the wall goes on for longer, and so does what it is judged for. */
export const TRIED_DAYS = 365;
export const WALL_DAYS = 520;
const DAY = 1440;

/** Zones and years: whole and half hours, by night and at midnight, in Ramadan, for the last time, a day left out, never. */
const PLACES = [
  ['America/Toronto', '2026-10-01'],
  ['America/Toronto', '2027-12-20'],
  ['America/St_Johns', '2027-02-01'],
  ['Europe/Berlin', '2026-09-01'],
  ['Europe/Berlin', '2028-01-15'],
  ['Australia/Lord_Howe', '2027-03-01'],
  ['Africa/Casablanca', '2027-01-01'],
  ['Africa/Cairo', '2026-04-01'],
  ['America/Havana', '2026-02-15'],
  ['America/Asuncion', '2024-01-01'],
  ['Pacific/Apia', '2011-08-01'],
  ['Pacific/Chatham', '2027-08-01'],
  ['Asia/Kathmandu', '2027-05-01'],
  ['UTC', '2028-02-01'],
] as const;

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const NOTICES = [0, 3600, 24 * 3600, 48 * 3600, 5 * 24 * 3600];

/** The same for the same seed and number. */
export function policyCase(seed: number, number: number): PolicyCase {
  const luck = randomOf(seed * 1_000_003 + number);
  const [timeZone, from] = pick(PLACES, luck);
  const wall = wallOf(timeZone, `${from}T00:00Z`, WALL_DAYS);
  const windows = Array.from({ length: 1 + Math.floor(luck() * luck() * 4) }, () => drawWindow(luck));
  const setAt = 5 * DAY + whole(luck, 25 * DAY);
  const freezeDates = luck() < 0.4 ? drawFreezes(wall, setAt, luck) : undefined;
  const unfrozen = beginnable(wall, windows);
  const minutes = freezeDates === undefined ? unfrozen : beginnable(wall, windows, freezeDates);
  const policy = {
    timeZone,
    windows,
    freezeDates,
    minimumNoticeSeconds: 0,
    confirmation: pick(['nobody', 'contact', 'ops'] as const, luck),
    maxActiveCalls: whole(luck, 3),
    maxPostponements: pick([9, 0, 1, 3], luck),
    emergency: pick(['ask', 'ask', 'restart'] as const, luck),
  };
  const minimumNoticeSeconds = luck() < 0.4 ? justEnough(minutes, setAt, luck) : pick(NOTICES, luck);
  return { policy: { ...policy, minimumNoticeSeconds }, wall, minutes, unfrozen, setAt, luck };
}

/** Mostly in the small hours, where clocks are changed, and over midnight. */
function drawWindow(luck: () => number): WindowPolicy['windows'][number] {
  const night = () => clock(whole(luck, 4), 5 * whole(luck, 12));
  const evening = () => clock(22 + whole(luck, 2), 5 * whole(luck, 12));
  const any = () => clock(whole(luck, 24), whole(luck, 60));
  const sunday = luck() < 0.5;
  const day = sunday ? pick(['saturday', 'sunday'] as const, luck) : pick(WEEKDAYS, luck);
  const start = pick([night, night, evening, any, () => '24:00'], luck)();
  const end = pick([night, night, night, any, () => '24:00'], luck)();
  return { day, start, end };
}

/** From just before the policy is set to a year later; most are short, some as long as a certificate waits. */
function drawFreezes(wall: Wall, setAt: number, luck: () => number): WindowPolicy['freezeDates'] {
  return Array.from({ length: 1 + whole(luck, 3) }, () => {
    const from = setAt - 3 * DAY + whole(luck, (TRIED_DAYS - 20) * DAY);
    const days = luck() < 0.7 ? whole(luck, 5) : whole(luck, 24);
    return { from: dateAt(wall, from), to: dateAt(wall, from + days * DAY) };
  });
}

function dateAt({ reads }: Wall, minute: number): string {
  return new Date((reads[minute] ?? 0) * 60_000).toISOString().slice(0, 10);
}

/** A notice, in steps of 20 minutes, that a certificate of some lifetime just leaves or just does not leave. */
function justEnough(minutes: Minutes, setAt: number, luck: () => number): number {
  const longest = longestOf(gapsOf(minutes, setAt, TRIED_DAYS * DAY));
  const left =
    slackMinutes(pick([45, 45, 64, 90], luck)) - ROOM - (longest === undefined ? 0 : longest.to - longest.from);
  const steps = Math.floor(left / leadMinutes({ minimumNoticeSeconds: 1200 })) + whole(luck, 2);
  return Math.min(30 * 24 * 3600, Math.max(0, steps * 1200));
}

export function longestOf(gaps: readonly Gap[]): Gap | undefined {
  return gaps.reduce<Gap | undefined>((longest, gap) => {
    return longest === undefined || gap.to - gap.from > longest.to - longest.from ? gap : longest;
  }, undefined);
}

export function pick<T>(values: readonly T[], luck: () => number): T {
  const value = values[whole(luck, values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

/** 0 included to `below` excluded. */
export function whole(luck: () => number, below: number): number {
  return Math.floor(luck() * below);
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
