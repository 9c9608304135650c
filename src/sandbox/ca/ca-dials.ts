// The named hostilities of the sandbox CA: what each does, what it is when nobody turns it, and what is no setting at all.

import { Problem } from '../../domain/problem.ts';
import { type CaProfileName, caProfiles } from './ca-profiles.ts';
import type { CaErrorType } from './ca-refusal.ts';
import type { SuggestedWindow } from './ca-renewal-window.ts';

/** What a request is for; the words of RFC 8555, section 7.1, and of the directory. */
export type CaOperation =
  | 'directory'
  | 'terms'
  | 'newNonce'
  | 'newAccount'
  | 'account'
  | 'accountOrders'
  | 'keyChange'
  | 'newOrder'
  | 'order'
  | 'finalize'
  | 'authorization'
  | 'challenge'
  | 'certificate'
  | 'revokeCert'
  | 'renewalInfo'
  | 'crl'
  | 'issuer';

/**
 * What can happen to a request. Those marked *before* leave no trace in the CA; the others happen to the answer of work
 * that is done and kept, so a client that repeats blindly does it twice.
 *
 * - `hang` (before), `hang-after`: the connection stays open, nothing comes
 * - `drop` (before), `drop-after`: the connection is cut without an answer
 * - `server-error` (before): 500 with the problem `serverInternal`
 * - `unavailable` (before): 503 with the same problem and `Retry-After`
 * - `gateway-page` (before): 502 with a page of HTML, as a load balancer sends it, without a nonce
 * - `redirect` (before): 307 to an address inside the client's own network
 * - `slow`: the answer comes `slowMs` later
 * - `not-json`, `empty`, `wrong-shape`: the status is right, the body is cut in half, absent, or has other types
 * - `endless`: the body goes on up to 32 MiB
 * - `foreign-urls`: every URL in the answer points into the client's own network
 * - `no-location`, `no-nonce`: the header is missing
 */
export type CaFaultKind =
  | 'hang'
  | 'hang-after'
  | 'drop'
  | 'drop-after'
  | 'server-error'
  | 'unavailable'
  | 'gateway-page'
  | 'redirect'
  | 'slow'
  | 'not-json'
  | 'empty'
  | 'wrong-shape'
  | 'endless'
  | 'foreign-urls'
  | 'no-location'
  | 'no-nonce';

export interface CaFault {
  readonly operation: CaOperation;
  readonly kind: CaFaultKind;
  /** How many of the next requests it happens to. @default - all, until the dial is turned again */
  readonly times?: number;
  /** For `slow`. @default 1000 */
  readonly slowMs?: number;
}

/** What a certificate download holds: `right` is leaf and intermediate, everything else is a chain a client must not install. */
export type CaChainKind =
  | 'right'
  | 'leaf-only'
  | 'wrong-order'
  | 'with-root'
  | 'other-intermediate'
  | 'other-key'
  | 'other-names'
  | 'private-key-block'
  | 'text-between'
  | 'thousand-blocks'
  | 'not-pem';

export interface CaRateLimit {
  /** `rateLimited` at every CA we know. */
  readonly type: CaErrorType;
  readonly retryAfterSeconds: number;
  readonly operations: readonly ('newAccount' | 'newOrder' | 'finalize')[];
}

export interface CaDials {
  /** Share of POSTs refused with `badNonce` after their nonce is spent (RFC 8555, 6.5). */
  readonly refuseNonces: number;

  /** Share of orders that take over valid authorizations of their account, so that there is nothing to prove. */
  readonly reuseAuthorizations: number;

  /** From and to, in milliseconds, drawn for each validation. What takes longer than 250 ms is answered `processing`. */
  readonly validationDelayMs: readonly [number, number];

  /** From and to, in milliseconds, drawn for each issuance. What takes longer than 250 ms is answered `processing`. */
  readonly finalizeDelayMs: readonly [number, number];

  /** What `Retry-After` says on everything unfinished; undefined leaves the header out. */
  readonly retryAfterSeconds: number | undefined;

  /** `Retry-After` as an HTTP date instead of seconds (RFC 9110, 10.2.3 allows both). */
  readonly retryAfterAsDate: boolean;

  readonly rateLimit: false | CaRateLimit;

  /** The next leaves come from the second intermediate. */
  readonly intermediateChanged: boolean;

  /** Of the next leaves of the profile `classic`; may be a fraction, and less than nothing for a leaf that is born expired. */
  readonly lifetimeDays: number;

  /** From newOrder to the end of an order and of a pending authorization. */
  readonly orderLifetimeSeconds: number;

  /** How long a proven name stays proven. */
  readonly authorizationLifetimeSeconds: number;

  /** What is said of an order past its time: status `invalid` as in RFC 8555, 7.1.6, or 404 as Let's Encrypt does. */
  readonly expiredOrders: 'invalid' | 'gone';

  /** New authorizations offer a challenge that we never answer, and no other. */
  readonly offerOnlyHttp01: boolean;

  /** Validations end with the problem `caa`, whatever DNS holds. */
  readonly refuseCaa: boolean;

  /** Orders that accepted a CSR end `invalid` instead of `valid`. */
  readonly failIssuance: boolean;

  /** Names (and everything below them) this CA does not issue for: `rejectedIdentifier`. */
  readonly refuseNames: readonly string[];

  readonly chain: CaChainKind;

  /** When we suggest that leaves be renewed (RFC 9773). */
  readonly suggestedWindow: SuggestedWindow;

  /** Share of the next leaves whose window comes long before the usual one, so that a client that reckons by itself is found. */
  readonly earlyWindows: number;

  /** What `Retry-After` says on renewal information; undefined leaves the header out, which RFC 9773, 4.3 does not allow. */
  readonly renewalRetryAfterSeconds: number | undefined;

  /** Key ids and their MAC keys (base64url); a new account must be bound to one of them. Undefined: none is asked for. */
  readonly externalAccounts: Readonly<Record<string, string>> | undefined;

  /** A key id is good for one account, as Google's are. */
  readonly externalAccountsSingleUse: boolean;

  /** Which kinds of leaf are offered; none: the CA knows no profiles. */
  readonly profiles: readonly CaProfileName[];

  /** Every download says where the same leaf is to be had with an intermediate that another root signed (RFC 8555, 7.4.2). */
  readonly alternateChains: boolean;

  /** How many orders stand on one page of an account's list (RFC 8555, 7.1.2.1). */
  readonly ordersPerPage: number;

  /** Let's Encrypt's limits hold, with its numbers, on the clock of the CA, over restarts. */
  readonly letsEncryptLimits: boolean;

  readonly faults: readonly CaFault[];
}

/** Hostile enough to find a client that takes things for granted, harmless to one that follows the RFC. */
export const defaultCaDials: CaDials = {
  refuseNonces: 0.05,
  reuseAuthorizations: 0.5,
  validationDelayMs: [0, 300],
  finalizeDelayMs: [0, 300],
  retryAfterSeconds: 1,
  retryAfterAsDate: false,
  rateLimit: false,
  intermediateChanged: false,
  lifetimeDays: 90,
  orderLifetimeSeconds: 7 * 86_400,
  authorizationLifetimeSeconds: 30 * 86_400,
  expiredOrders: 'invalid',
  offerOnlyHttp01: false,
  refuseCaa: false,
  failIssuance: false,
  refuseNames: [],
  chain: 'right',
  suggestedWindow: 'lifetime',
  earlyWindows: 0.25,
  // As Let's Encrypt says it: six hours.
  renewalRetryAfterSeconds: 6 * 3600,
  externalAccounts: undefined,
  externalAccountsSingleUse: true,
  profiles: ['classic', 'tlsserver', 'shortlived'],
  alternateChains: true,
  ordersPerPage: 3,
  letsEncryptLimits: false,
  faults: [],
};

/** The dials after turning some; a value that means nothing is a `bad-request` problem that names the dial. */
export function turnCaDials(dials: CaDials, turned: Partial<CaDials>): CaDials {
  const unknown = Object.keys(turned).find((name) => !Object.hasOwn(defaultCaDials, name));
  if (unknown !== undefined) {
    throw new Problem('bad-request', `the CA has no dial "${unknown}"`, { field: unknown });
  }
  const after = { ...dials, ...turned };
  for (const name of ['refuseNonces', 'reuseAuthorizations', 'earlyWindows'] as const) {
    if (!(after[name] >= 0 && after[name] <= 1)) throw wrong(name, 'a share from 0 to 1');
  }
  for (const name of ['validationDelayMs', 'finalizeDelayMs'] as const) {
    const [from, to] = after[name];
    if (!(from >= 0 && from <= to && Number.isFinite(to)))
      throw wrong(name, 'two numbers of milliseconds, the smaller one first');
  }
  for (const name of ['lifetimeDays', 'orderLifetimeSeconds', 'authorizationLifetimeSeconds'] as const) {
    if (!Number.isFinite(after[name])) throw wrong(name, 'a number');
  }
  checkOffers(after);
  return after;
}

function checkOffers({ suggestedWindow, externalAccounts, ordersPerPage, profiles }: CaDials): void {
  if (typeof suggestedWindow === 'object' && !(suggestedWindow.startShare < suggestedWindow.endShare))
    throw wrong('suggestedWindow', 'two shares of a lifetime, the smaller one first');
  if (Object.values(externalAccounts ?? {}).some((hmacKey) => !/^[A-Za-z0-9_-]+$/.test(hmacKey)))
    throw wrong('externalAccounts', 'MAC keys in base64url without padding');
  if (!(Number.isInteger(ordersPerPage) && ordersPerPage > 0)) throw wrong('ordersPerPage', 'a whole number from 1');
  if (profiles.some((name) => !Object.hasOwn(caProfiles, name)))
    throw wrong('profiles', `a list of ${Object.keys(caProfiles).join(', ')}`);
}

function wrong(name: keyof CaDials, right: string): Problem {
  return new Problem('bad-request', `the CA's dial "${name}" must be ${right}`, { field: name });
}
