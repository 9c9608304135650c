// How long an order waits for InfinityOne on a server where only the web administration serves its certificate yet, and how often it looks.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Longest wait; whoever installs InfinityOne later places another order, or the renewal finds it. */
export const SITE_DEADLINE_MS = 90 * DAY_MS;

/** The order must be over before a third of the lifetime is left, when the renewal is ordered: a server has one open order. */
export const SITE_SHARE = 2 / 5;

/** After so long, so far apart: somebody who installs it today does not wait; and an execution has 3,000 operations (Lambda quota). */
export const SITE_PAUSES = [
  { afterMs: 0, everyMs: 5 * MINUTE_MS },
  { afterMs: HOUR_MS, everyMs: HOUR_MS },
  { afterMs: DAY_MS, everyMs: 6 * HOUR_MS },
] as const;

export type SitePatience = { readonly act: 'give-up' } | { readonly act: 'wait'; readonly waitMs: number };

/** `since`: when the web administration was seen to serve the leaf. */
export function decideSitePatience(
  since: Date,
  { notBefore, notAfter }: { readonly notBefore: Date; readonly notAfter: Date },
  now: Date,
): SitePatience {
  const lifetimeMs = notAfter.getTime() - notBefore.getTime();
  const endsAt = Math.min(since.getTime() + SITE_DEADLINE_MS, notAfter.getTime() - lifetimeMs * SITE_SHARE);
  const leftMs = endsAt - now.getTime();
  if (leftMs <= 0) return { act: 'give-up' };
  const waitedMs = now.getTime() - since.getTime();
  const { everyMs } = SITE_PAUSES.findLast(({ afterMs }) => waitedMs >= afterMs) ?? SITE_PAUSES[0];
  return { act: 'wait', waitMs: Math.min(everyMs, leftMs) };
}
