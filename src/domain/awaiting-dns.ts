// How long an order waits for records only the customer can set: when it looks again, when it reminds, when a person takes over.

const DAY_MS = 24 * 3_600_000;

/** After the first notice, counted from the first look. */
export const REMINDERS_AFTER_MS = [1 * DAY_MS, 3 * DAY_MS, 7 * DAY_MS] as const;

/** Two weeks of silence are an answer. */
export const DNS_DEADLINE_MS = 14 * DAY_MS;

/** Whoever sets the records at once is not kept waiting; whoever takes days is not asked every minute. */
export const SHORTEST_DNS_PAUSE_MS = 5_000;
export const LONGEST_DNS_PAUSE_MS = 3_600_000;

/** A pause is this share of the time waited so far: some 30 looks until pauses are an hour long, 370 until the deadline. */
const PAUSE_SHARE = 1 / 4;

export type DnsPatience =
  /** `number`: 1 is the first notice, the reminders follow. */
  | { readonly act: 'tell'; readonly number: number }
  | { readonly act: 'wait'; readonly waitMs: number }
  | { readonly act: 'give-up' };

/**
 * What to do while required records are missing. `told`: number of the latest notice, 0 = none yet. A notice whose moment was slept through is left out for
 * the one after it; a wait ends at the next moment at the latest.
 */
export function decideDnsPatience(since: Date, told: number, now: Date): DnsPatience {
  const waitedMs = Math.max(0, now.getTime() - since.getTime());
  if (waitedMs >= DNS_DEADLINE_MS) return { act: 'give-up' };
  const due = 1 + REMINDERS_AFTER_MS.filter((afterMs) => waitedMs >= afterMs).length;
  if (due > told) return { act: 'tell', number: due };
  const nextMs = REMINDERS_AFTER_MS.find((afterMs) => waitedMs < afterMs) ?? DNS_DEADLINE_MS;
  const pauseMs = Math.min(Math.max(waitedMs * PAUSE_SHARE, SHORTEST_DNS_PAUSE_MS), LONGEST_DNS_PAUSE_MS);
  return { act: 'wait', waitMs: Math.ceil(Math.min(pauseMs, nextMs - waitedMs)) };
}
