// Certificate authorities we order from: RFC 8555 in our words. The steps decide when; an adapter only speaks.

import type { KeyObject } from 'node:crypto';

export interface AcmeAccount {
  /** Private key of the account; EC P-256. Never signs a leaf. */
  readonly key: KeyObject;
  /** Where the account lives at the authority; absent until `ensureAccount` answered once and the answer was kept. */
  readonly accountUrl: string | undefined;
}

/** RFC 8555, 7.1.6. `gone`: the authority no longer knows the order URL. */
export type AcmeOrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid' | 'gone';

/** A dns-01 challenge nobody has answered yet (RFC 8555, 8.4). `txtName` is `_acme-challenge.<name without *.>`. */
export interface OpenChallenge {
  readonly name: string;
  readonly challengeUrl: string;
  readonly txtName: string;
  readonly txtValue: string;
  /** `pending`: not answered; `processing`: answered, the authority is looking. */
  readonly status: 'pending' | 'processing';
}

export interface AcmeOrderView {
  readonly status: AcmeOrderStatus;
  /** One per authorization that is not valid yet; authorizations already valid are taken as such (RFC 8555, 7.1.4). */
  readonly openChallenges: readonly OpenChallenge[];
  /** What the authority said of an invalid order or authorization: its problem type and detail, cut and cleaned. */
  readonly refusal: { readonly code: string; readonly detail: string } | undefined;
  /** How long the authority asked us to wait before looking again, capped at 24 h. */
  readonly retryAfterMs: number | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/authority.ts checks each of them, against the sandbox CA and Pebble:
 *
 * 1. `ensureAccount` is idempotent by key: the same key answers the same account URL, and makes at most one account.
 * 2. `place` makes a new acmeOrder for exactly these names and answers its URL; it is not idempotent.
 * 3. `read` answers the acmeOrder and its authorizations. Offers without dns-01 are a `ca-no-usable-challenge` problem.
 * 4. `answer` tells the authority to look; doing it again is harmless.
 * 5. `finalize` sends the CSR once; an acmeOrder that is not `ready` is a `ca-refused` problem.
 * 6. `download` answers the chain as PEM, leaf first, of an acmeOrder that is `valid`; at most 64 KB, 10 certificates,
 *    CERTIFICATE blocks only, else a `ca-answer-malformed` problem.
 * 7. badNonce is retried with the new nonce (at most 10 times, nothing else is). A rate limit is `ca-rate-limited` with the authority's
 *    `Retry-After`; 5xx is `ca-busy`; no answer within the deadline is `ca-unreachable`. The authority's problem type stands
 *    in the message. Every call has a deadline.
 */
export interface Authority {
  ensureAccount(): Promise<{ readonly accountUrl: string }>;
  place(names: readonly string[]): Promise<{ readonly orderUrl: string }>;
  read(orderUrl: string): Promise<AcmeOrderView>;
  answer(challengeUrl: string): Promise<void>;
  finalize(orderUrl: string, csrPem: string): Promise<void>;
  download(orderUrl: string): Promise<string>;
}

/** What an authority says of itself to everyone, account or not. */
export interface AuthorityDescription {
  /**
   * Issuer domain names it takes for its own in CAA records (RFC 8555, 7.1.1, `caaIdentities`; RFC 8659, 4.2): lower case, no final dot, at
   * most 20. Empty: it does not say.
   */
  readonly caaIdentities: readonly string[];
}

/**
 * The authorities of our settings, by name (`letsencrypt`, `letsencrypt-staging`, `sandbox`). `open` and `describe` of an unknown one are a
 * `bad-request` problem. `describe` needs no account, asks at most once an hour, and fails as a call of `Authority` does.
 */
export interface Authorities {
  open(authorityId: string, account: AcmeAccount): Promise<Authority>;
  describe(authorityId: string): Promise<AuthorityDescription>;
  ids(): readonly string[];
}
