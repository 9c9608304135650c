// Let's Encrypt's rate limits as numbers, and what a bucket of them says: pure, on whatever clock it is given.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface RateLimit {
  readonly count: number;
  /** In which an empty bucket is full again; one token comes back every `periodMs / count`. */
  readonly periodMs: number;
  /** What there are too many of, in a refusal. */
  readonly of: string;
}

/** https://letsencrypt.org/docs/rate-limits/ as of August 2026. */
export const letsEncryptLimits = {
  newOrdersPerAccount: { count: 300, periodMs: 3 * HOUR_MS, of: 'new orders from this account' },
  certificatesPerDomain: {
    count: 50,
    periodMs: 7 * DAY_MS,
    of: 'certificates already issued for the registered domain',
  },
  certificatesPerNameSet: {
    count: 5,
    periodMs: 7 * DAY_MS,
    of: 'certificates already issued for this exact set of names:',
  },
  failedAuthorizations: { count: 5, periodMs: HOUR_MS, of: 'failed authorizations of this account for' },
  accountsPerAddress: { count: 10, periodMs: 3 * HOUR_MS, of: 'new accounts from the address' },
} as const satisfies Readonly<Record<string, RateLimit>>;

export type RateLimitName = keyof typeof letsEncryptLimits;

/**
 * How long to wait until the bucket has a token; 0 when it has one. `fullAtMs` is when it is full again, undefined for one that
 * nobody has used.
 */
export function waitMs({ count, periodMs }: RateLimit, fullAtMs: number | undefined, nowMs: number): number {
  const missingMs = Math.max(0, (fullAtMs ?? nowMs) - nowMs);
  return Math.max(0, missingMs + periodMs / count - periodMs);
}

/** When the bucket is full again after one more token is taken, also from an empty one: what has happened counts. */
export function spend({ count, periodMs }: RateLimit, fullAtMs: number | undefined, nowMs: number): number {
  return Math.min(Math.max(fullAtMs ?? nowMs, nowMs) + periodMs / count, nowMs + periodMs);
}

/** Nobody in the sandbox has a public suffix of more than one label, so the last two labels are what somebody registered. */
export function registeredDomain(name: string): string {
  return name.split('.').slice(-2).join('.');
}
