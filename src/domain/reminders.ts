// When people are reminded of a restart they were told of: a day and a quarter of an hour before its window, and never too late.

import type { Appointment } from './appointment.ts';

const MINUTE_MS = 60_000;

/** How long before the window, and how late it is still worth reading; numbered from 1. */
export const REMINDERS = [
  { beforeMs: 24 * 60 * MINUTE_MS, lateMs: 60 * MINUTE_MS },
  { beforeMs: 15 * MINUTE_MS, lateMs: 5 * MINUTE_MS },
] as const;

/** Whoever was told less than this before is not reminded. */
export const FRESH_MS = 60 * MINUTE_MS;

/** A number of `REMINDERS`, 1 the first, for one change of the appointment. */
export interface Reminded {
  readonly sequence: number;
  readonly number: number;
}

export interface Reminding {
  /** The reminder that is due now. */
  readonly due: number | undefined;
  /** When to look again for the next one; undefined when none is to come. */
  readonly nextAt: Date | undefined;
}

/**
 * `reminded` is the last one of this run; of another sequence it does not count, because the restart was moved since. A wake-up that comes after a
 * reminder's time leaves it out. Nobody is reminded of a restart asked for now.
 */
export function planReminder(
  { opensAt, toldAt, runNow, sequence }: Pick<Appointment, 'opensAt' | 'toldAt' | 'runNow' | 'sequence'>,
  reminded: Reminded | undefined,
  now: Date,
): Reminding {
  if (toldAt === undefined || runNow) return { due: undefined, nextAt: undefined };
  const last = reminded?.sequence === sequence ? reminded.number : 0;
  const moments = REMINDERS.map(({ beforeMs, lateMs }, index) => {
    const at = new Date(opensAt).getTime() - beforeMs;
    return { number: index + 1, at, until: at + lateMs };
  }).filter(({ number, at }) => number > last && at - new Date(toldAt).getTime() >= FRESH_MS);
  const due = moments.find(({ at, until }) => at <= now.getTime() && now.getTime() < until);
  const next = moments.find(({ at }) => at > now.getTime());
  return { due: due?.number, nextAt: next && new Date(next.at) };
}
