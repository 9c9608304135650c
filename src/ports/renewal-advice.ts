// What an authority advises on when to renew a leaf: ACME Renewal Information (RFC 9773), for which no account is needed.

export interface RenewalInfo {
  /** `base64url(AKI).base64url(serial)` of the leaf asked for (RFC 9773, 4.1): what an order that renews it `replaces`. */
  readonly ariCertId: string;
  /** Renew at a moment drawn between the two. In the past = renew now. `end` is later than `start`. */
  readonly suggestedWindow: { readonly start: Date; readonly end: Date };
  /** https, one line, for people; absent when the authority gives none. */
  readonly explanationUrl: string | undefined;
  /** After how long to ask again: `Retry-After`, never less than a minute or more than a day (RFC 9773, 4.3.2). */
  readonly retryAfterMs: number;
}

/**
 * Rules every adapter keeps; test/contracts/renewal-advice.ts checks each of them:
 *
 * 1. `find` answers the authority's advice for the leaf that begins `chainPem`, or undefined when the authority gives none (its directory
 *    names no `renewalInfo`).
 * 2. It is never answered from a cache.
 * 3. A leaf the authority does not know is `ca-refused`; nonsense (a window that ends before it starts, dates that are none) is
 *    `ca-answer-malformed`; no answer is `ca-unreachable`, 5xx `ca-busy`, a rate limit `ca-rate-limited` with its `Retry-After`.
 * 4. An authority that is not in our settings is a `bad-request` problem.
 */
export interface RenewalAdvice {
  find(authorityId: string, chainPem: string): Promise<RenewalInfo | undefined>;
}
