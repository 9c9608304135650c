// Whether a restart policy can be met: judged when it is set, against every lifetime a certificate will have.

import { Temporal } from 'temporal-polyfill';
import { Problem } from './problem.ts';
import { quoted } from './quoted-text.ts';
import { RENEWAL_SHARE, SAFE_SHARE } from './renewal.ts';
import { earliestRestart, MINIMUM_ROOM_MS, type Opening, openingsOfDays, type WindowPolicy } from './restart-window.ts';

/**
 * Certificates in use and announced, longest first: Let's Encrypt classic today, from 2027-02-10, from 2028-02-16
 * (https://letsencrypt.org/2025/12/02/from-90-to-45).
 */
const LIFETIMES = [
  { days: 90, issuedFrom: '1970-01-01T00:00Z' },
  { days: 64, issuedFrom: '2027-02-10T00:00Z' },
  { days: 45, issuedFrom: '2028-02-16T00:00Z' },
] as const;

export const LIFETIMES_DAYS = LIFETIMES.map(({ days }) => days);

/** A freeze is told of in time, and is no way to say never. */
export const MAX_FREEZE_DAYS = 60;
export const MAX_FREEZE_AHEAD_DAYS = 2 * 366;

const DAY_MS = 24 * 3_600_000;

/** A policy is judged over more than a year: the Sundays on which clocks change come up to 371 days apart, and the next window a week later. */
const YEAR_DAYS = 385;

/** After the last frozen day two weeks bring a window of every kind, the one that summer time swallows once as well. */
const AFTER_FREEZE_DAYS = 15;

/**
 * Refuses a policy that can never open (`window-never-opens`) or whose longest wait is longer than what a renewed certificate leaves
 * (`window-too-late`). The windows must do for the shortest lifetime announced, as they come every week; a freeze, which comes once, for the
 * lifetimes that are renewed by then. Freezes that are over do not count. `field` is the path of the policy in the input.
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
  judgeFreezes(policy, now, `${field}.freezeDates`);
  const earliest = earliestRestart(policy, now);
  const weekly = openingsOfDays(YEAR_DAYS, { ...policy, freezeDates: [] }, earliest);
  if (weekly.length === 0) {
    throw new Problem(
      'window-never-opens',
      `${field}.windows never leave ${MINIMUM_ROOM_MS / 60_000} minutes for a restart; give a window that is longer`,
      { field: `${field}.windows` },
    );
  }
  const noticeMs = earliest.getTime() - now.getTime();
  const everyWeek = longestGap(weekly, earliest);
  const frozen = openingsWithFreezes(policy, earliest, now);
  const waits = LIFETIMES.map(({ days, issuedFrom }) => {
    // The first of them is due for renewal when so much of its life has passed; before, this lifetime need not fit.
    const dueFrom = new Date(issuedFrom).getTime() + days * DAY_MS * (1 - RENEWAL_SHARE);
    const gap = longer(everyWeek, longestGap(frozen, new Date(Math.max(earliest.getTime(), dueFrom + noticeMs))));
    const waitMs = noticeMs + gap.lengthMs + MINIMUM_ROOM_MS;
    return { days, gap, waitMs, fits: waitMs <= slackMs(days) };
  }).filter(({ fits }) => !fits);
  const worst = waits.reduce<(typeof waits)[number] | undefined>(
    (longest, wait) => (longest === undefined || wait.waitMs >= longest.waitMs ? wait : longest),
    undefined,
  );
  if (worst === undefined) return;
  const { days, gap, waitMs } = worst;
  const fits = LIFETIMES_DAYS.filter((lifetime) => waitMs <= slackMs(lifetime)).at(-1);
  throw new Problem(
    'window-too-late',
    `${field} may make a restart wait ${inDays(waitMs)} days (${inDays(noticeMs)} for the notice, and no window from ` +
      `${gap.from.toISOString()} for ${inDays(gap.lengthMs)} days); a certificate of ` +
      `${days} days leaves ${inDays(slackMs(days))}; ${fits === undefined ? 'it fits no lifetime in use' : `it fits lifetimes from ${fits} days`}`,
    { field },
  );
}

/**
 * The longest a restart may have to wait under this policy, whenever in the year it is asked for: the notice, the way to the next window,
 * and the room for the restart itself.
 */
export function longestWaitMs(policy: WindowPolicy, now: Date): number {
  const earliest = earliestRestart(policy, now);
  const gap = longestGap(openingsOfDays(YEAR_DAYS, policy, earliest), earliest);
  return earliest.getTime() - now.getTime() + gap.lengthMs + MINIMUM_ROOM_MS;
}

function judgeFreezes({ freezeDates = [], timeZone }: WindowPolicy, now: Date, field: string): void {
  const today = todayIn(timeZone, now);
  freezeDates.forEach((freeze, i) => {
    const refuse = (why: string) =>
      new Problem('bad-request', `${field}.${i} ${quoted(`${freeze.from} to ${freeze.to}`)} ${why}`, {
        field: `${field}.${i}`,
      });
    const [from, to] = [Temporal.PlainDate.from(freeze.from), Temporal.PlainDate.from(freeze.to)];
    const days = from.until(to).days + 1;
    if (days < 1) throw refuse('ends before it begins; give the first day, then the last');
    if (days > MAX_FREEZE_DAYS) throw refuse(`has ${days} days; a freeze has at most ${MAX_FREEZE_DAYS}`);
    if (today.until(to).days > MAX_FREEZE_AHEAD_DAYS)
      throw refuse(`ends more than ${MAX_FREEZE_AHEAD_DAYS} days from now; set it when it is nearer`);
  });
}

/** None without a freeze to come: then the windows alone say it all. */
function openingsWithFreezes(policy: WindowPolicy, earliest: Date, now: Date): readonly Opening[] {
  const today = todayIn(policy.timeZone, now);
  const daysAhead = (policy.freezeDates ?? []).map(({ to }) => today.until(to).days).filter((days) => days >= 0);
  return daysAhead.length === 0 ? [] : openingsOfDays(Math.max(...daysAhead) + AFTER_FREEZE_DAYS, policy, earliest);
}

interface Gap {
  readonly from: Date;
  readonly lengthMs: number;
}

/** The longest time in which no restart may begin: from `start`, or when an opening has no room left, up to the next. */
function longestGap(openings: readonly Opening[], start: Date): Gap {
  let longest = { from: start, lengthMs: 0 };
  let from = start;
  for (const { opensAt, closesAt } of openings) {
    const lengthMs = opensAt.getTime() - from.getTime();
    if (lengthMs > longest.lengthMs) longest = { from, lengthMs };
    const shutsAt = new Date(closesAt.getTime() - MINIMUM_ROOM_MS);
    if (shutsAt > from) from = shutsAt;
  }
  return longest;
}

function longer(one: Gap, other: Gap): Gap {
  return other.lengthMs > one.lengthMs ? other : one;
}

function slackMs(lifetimeDays: number): number {
  return Math.round(lifetimeDays * DAY_MS * (RENEWAL_SHARE - SAFE_SHARE));
}

function todayIn(timeZone: string, now: Date): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
}

function isTimeZone(text: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    return /^[A-Za-z]/.test(text);
  } catch {
    return false;
  }
}

function inDays(ms: number): string {
  return (ms / DAY_MS).toFixed(1);
}
