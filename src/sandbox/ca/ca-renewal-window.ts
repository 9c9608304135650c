// When this CA suggests that a leaf be renewed (RFC 9773, section 4.2), for each position of the dial `suggestedWindow`.

export interface AdvisedWindow {
  readonly start: Date;
  readonly end: Date;
}

/** Shares of the lifetime, from `notBefore`: 0.5 is half of it, less than 0 before it began, more than 1 after its end. */
export interface WindowShares {
  readonly startShare: number;
  readonly endShare: number;
}

/**
 * - `lifetime`: as Let's Encrypt does, 2 % of the lifetime around two thirds of it, or around half of a lifetime under ten days
 * - `now`: from an hour ago to an hour from now
 * - `past`: over for half an hour, which means at once; Let's Encrypt says so of revoked leaves and in incidents
 * - `none`: the directory announces no `renewalInfo`
 * - `reversed`: ends before it starts; `garbage`: dates that are none
 */
export type SuggestedWindow = 'lifetime' | 'now' | 'past' | 'none' | 'reversed' | 'garbage' | WindowShares;

export interface LeafTimes {
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly revoked: boolean;
  /** Of the lifetime, drawn for this leaf; undefined where the usual window is right. */
  readonly earlyShare: number | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Boulder, core/objects.go, RenewalInfoSimple. */
const USUAL_SHARE = 2 / 3;
const SHORT_LIVED_SHARE = 1 / 2;
const SHORT_LIVED_MS = 10 * DAY_MS;
const MARGIN_SHARE = 1 / 100;

/** Where a window that comes early may lie: a client that renews after two thirds of the lifetime by itself is too late for it. */
const EARLIEST_SHARE = 1 / 4;
const LATEST_EARLY_SHARE = 1 / 2;

/** `luck` is from 0 (included) to 1 (not included). */
export function drawEarlyShare(luck: number): number {
  return EARLIEST_SHARE + luck * (LATEST_EARLY_SHARE - EARLIEST_SHARE);
}

/** `garbage` is not a window and `none` not an answer: whoever asks has dealt with them; both are the usual window here. */
export function adviseWindow(dial: SuggestedWindow, leaf: LeafTimes, now: Date): AdvisedWindow {
  if (leaf.revoked || dial === 'past') return around(now, { fromMs: -HOUR_MS, toMs: -HOUR_MS / 2 });
  if (dial === 'now') return around(now, { fromMs: -HOUR_MS, toMs: HOUR_MS });
  // Both ends are part of the lifetime (RFC 5280, 4.1.2.5).
  const lifetimeMs = leaf.notAfter.getTime() + 1000 - leaf.notBefore.getTime();
  const at = (share: number): Date => new Date(leaf.notBefore.getTime() + share * lifetimeMs);
  if (typeof dial === 'object') return { start: at(dial.startShare), end: at(dial.endShare) };
  const share = leaf.earlyShare ?? (lifetimeMs < SHORT_LIVED_MS ? SHORT_LIVED_SHARE : USUAL_SHARE);
  const window = { start: at(share - MARGIN_SHARE), end: at(share + MARGIN_SHARE) };
  return dial === 'reversed' ? { start: window.end, end: window.start } : window;
}

/** The start belongs to the window, the end does not, as Let's Encrypt judges whether a renewal is free of its limits. */
export function isWithinWindow({ start, end }: AdvisedWindow, now: Date): boolean {
  return now >= start && now < end;
}

function around(now: Date, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): AdvisedWindow {
  return { start: new Date(now.getTime() + fromMs), end: new Date(now.getTime() + toMs) };
}
