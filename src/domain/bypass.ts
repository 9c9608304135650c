// The bypass, "Allow Invalid Self-Signed Certificates", on a leash: for trials, with a reason and an end that never moves by itself.

/** What is kept of one that is open on a server; all moments are ISO 8601. */
export interface Bypass {
  readonly partner: string;
  readonly hostname: string;
  /** The order that carried it, and about which people are told. */
  readonly orderId: string;
  readonly reason: string;
  readonly since: string;
  readonly until: string;
  /** Since when a trusted certificate is served: from then on it is good for nothing, and is to be switched off. */
  readonly neededUntil?: string | undefined;
  /** When somebody said it is off. */
  readonly offAt?: string | undefined;
  /** How many notices were due so far; each is sent once. */
  readonly told: number;
  /** Earlier ends of the same bypass; each change is another order's decision. Absent = none. */
  readonly before?: readonly { readonly orderId: string; readonly until: string }[] | undefined;
}

/** As an order asks for it. */
export interface BypassRequest {
  readonly reason: string;
  readonly until: string;
}

const DAY_MS = 24 * 3_600_000;

/** A trial, not an operation (E-MetroTel, InfinityOne - Prerequisites: "should not be used for long term deployment"). */
export const MAX_BYPASS_MS = 60 * DAY_MS;

/** Reminded when these shares of its time are left; then at its end, and every week after that until it is off. */
export const BYPASS_SHARES = [1 / 2, 1 / 4, 1 / 10] as const;
export const BYPASS_WEEK_MS = 7 * DAY_MS;

/** Whoever must switch it off is asked at once, and again after so long. */
export const SWITCH_OFF_MS = 3 * DAY_MS;

export type BypassNotice = 'bypass-ends' | 'bypass-overdue' | 'bypass-to-switch-off';

export type BypassPlan =
  | { readonly act: 'over' }
  | { readonly act: 'wait'; readonly until: Date }
  | { readonly act: 'tell'; readonly notice: BypassNotice; readonly nextAt: Date };

/** Late is told once, not once for each reminder missed: `told` counts moments, and jumps over those that have passed. */
export function planBypass(bypass: Bypass, now: Date): BypassPlan {
  if (bypass.offAt !== undefined) return { act: 'over' };
  const { notice, moments } =
    bypass.neededUntil === undefined ? deadlineMoments(bypass, now) : switchOffMoments(bypass, now);
  const next = moments[bypass.told];
  if (next !== undefined && now < next) return { act: 'wait', until: next };
  return { act: 'tell', notice, nextAt: moments.find((moment) => moment > now) ?? now };
}

/** How many moments have passed, for `told` after a notice. */
export function toldBy(bypass: Bypass, now: Date): number {
  const { moments } = bypass.neededUntil === undefined ? deadlineMoments(bypass, now) : switchOffMoments(bypass, now);
  return moments.filter((moment) => moment <= now).length;
}

export function isOverdue({ until, offAt, neededUntil }: Bypass, now: Date): boolean {
  return offAt === undefined && neededUntil === undefined && now >= new Date(until);
}

interface Moments {
  readonly notice: BypassNotice;
  readonly moments: readonly Date[];
}

function deadlineMoments({ since, until }: Bypass, now: Date): Moments {
  const [beginMs, endMs] = [new Date(since).getTime(), new Date(until).getTime()];
  const reminders = BYPASS_SHARES.map((share) => new Date(endMs - (endMs - beginMs) * share));
  return {
    notice: now.getTime() < endMs ? 'bypass-ends' : 'bypass-overdue',
    moments: [...reminders, ...every(endMs, BYPASS_WEEK_MS, now)],
  };
}

function switchOffMoments({ neededUntil }: Bypass, now: Date): Moments {
  const beginMs = new Date(neededUntil ?? 0).getTime();
  return { notice: 'bypass-to-switch-off', moments: every(beginMs, SWITCH_OFF_MS, now) };
}

/** From then on, and one more than has passed. */
function every(beginMs: number, stepMs: number, now: Date): readonly Date[] {
  const passed = Math.max(0, Math.floor((now.getTime() - beginMs) / stepMs) + 1);
  return Array.from({ length: passed + 1 }, (_, nth) => new Date(beginMs + nth * stepMs));
}
