// Certificate authorities we order from: RFC 8555 in our words. The steps decide when; an adapter only speaks.

import type { KeyObject } from 'node:crypto';
import type { AuthorityAccount } from './authority-account.ts';

export interface AcmeAccount {
  /** Private key of the account; EC P-256. Never signs a leaf. */
  readonly key: KeyObject;
  /** Where the account lives at the authority; absent until `ensureAccount` answered once and the answer was kept. */
  readonly accountUrl: string | undefined;
}

/** RFC 8555, 7.1.6. `gone`: the authority no longer knows the order URL. */
export type AcmeOrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid' | 'gone';

export interface AcmeOrderRequest {
  /** 1 to 100. */
  readonly names: readonly string[];
  /** `ariCertId` of the leaf that the new one renews (RFC 9773, 5). @default - none */
  readonly replaces?: string | undefined;
}

/** What an acmeOrder consists of from the beginning to its end (RFC 8555, 7.1.3): kept whole, it need not be read for that again. */
export interface PlacedAcmeOrder {
  readonly orderUrl: string;
  readonly names: readonly string[];
  readonly finalizeUrl: string;
  /** One per name. */
  readonly authorizationUrls: readonly string[];
}

/** A dns-01 challenge nobody has answered yet (RFC 8555, 8.4). `txtName` is `_acme-challenge.<name without *.>`. */
export interface OpenChallenge {
  readonly name: string;
  readonly challengeUrl: string;
  readonly txtName: string;
  readonly txtValue: string;
  /** `pending`: not answered; `processing`: answered, the authority is looking. */
  readonly status: 'pending' | 'processing';
}

/** What the authority said of an invalid order or authorization: its problem type and detail, cut and cleaned. */
export interface AcmeRefusal {
  readonly code: string;
  readonly detail: string;
}

/** How far the proofs of an acmeOrder are. `proven`: nothing is left to prove. `invalid`: one can never be (RFC 8555, 7.1.6).
 * `gone`: the authority has forgotten them, or let one lapse before it was answered. */
export interface AcmeProofs {
  readonly status: 'pending' | 'proven' | 'invalid' | 'gone';
  /** One per authorization that is not valid yet; authorizations already valid are taken as such (RFC 8555, 7.1.4). */
  readonly openChallenges: readonly OpenChallenge[];
  readonly refusal: AcmeRefusal | undefined;
  /** How long the authority asked us to wait before looking again, capped at 24 h. */
  readonly retryAfterMs: number | undefined;
}

export interface AcmeOrderView {
  readonly status: AcmeOrderStatus;
  /** Of an invalid order, where the authority says why in the order itself. */
  readonly refusal: AcmeRefusal | undefined;
  /** How long the authority asked us to wait before looking again, capped at 24 h. */
  readonly retryAfterMs: number | undefined;
  /** Absent when it is `gone`. */
  readonly placed: PlacedAcmeOrder | undefined;
  /** Where the chain is, once the order is `valid`. */
  readonly certificateUrl: string | undefined;
}

export interface DownloadedChain {
  readonly chainPem: string;
  /** A sentence for a person when it is not the chain our settings prefer. */
  readonly note: string | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/authority.ts checks each of them, against the sandbox CA and Pebble. All but the third are one
 * request each on an account that stands.
 *
 * 1. `place` makes a new acmeOrder for exactly these names and answers what it consists of; it is not idempotent. A `replaces` that the
 *    authority does not take (unknown, replaced already) costs the exemption from rate limits, not the order: it is placed without.
 * 2. `readOrder` answers the acmeOrder alone; one the authority does not know is `gone`.
 * 3. `readChallenges` answers the authorizations, one request each. Offers without dns-01 are a `ca-no-usable-challenge` problem, an
 *    authorization for a name that was not ordered is `ca-answer-malformed`.
 * 4. `answer` tells the authority to look and answers how long it asks us to wait; doing it again is harmless.
 * 5. `finalize` sends the CSR once, whatever happens, and answers the acmeOrder as it is then; one that is not `ready` is a
 *    `ca-refused` problem, and so is a CSR for other names. `ca-busy` where the authority shows an order `ready` and says it is not.
 * 6. `download` answers the chain as PEM, leaf first; at most 64 KB, 10 certificates, CERTIFICATE blocks only, else a
 *    `ca-answer-malformed` problem. Where our settings prefer a chain and the authority offers it, it is that one.
 * 7. badNonce is retried with the new nonce (at most 10 times, nothing else is). A rate limit is `ca-rate-limited` with the authority's
 *    `Retry-After`; 5xx is `ca-busy`; no answer within the deadline is `ca-unreachable`. The authority's problem type stands
 *    in the message. Every call has a deadline.
 * 8. Every URL is judged before it is asked, also those of our own records: https, at the origin of the directory, or it is
 *    `ca-answer-malformed`.
 */
export interface Authority {
  place(request: AcmeOrderRequest): Promise<PlacedAcmeOrder>;
  readOrder(orderUrl: string): Promise<AcmeOrderView>;
  readChallenges(placed: PlacedAcmeOrder): Promise<AcmeProofs>;
  answer(challengeUrl: string): Promise<{ readonly retryAfterMs: number | undefined }>;
  finalize(placed: PlacedAcmeOrder, csrPem: string): Promise<AcmeOrderView>;
  download(certificateUrl: string): Promise<DownloadedChain>;
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
  open(authorityId: string, account: AcmeAccount): Promise<Authority & AuthorityAccount>;
  describe(authorityId: string): Promise<AuthorityDescription>;
  ids(): readonly string[];
}
