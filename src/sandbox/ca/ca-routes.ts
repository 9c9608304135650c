// The paths of this CA: which operation is at which, and what the URLs are called that clients are given.

import type { CaOperation } from './ca-dials.ts';

/** `id` and `part` are what stands in the path, not yet known to exist. */
export interface CaRoute {
  readonly operation: CaOperation;
  readonly id: string;
  readonly part: string;
}

const ID = '([A-Za-z0-9_-]{1,32})';

/** Also what is no `ariCertId` comes to the operation, which says what is wrong with it. */
const ARI_CERT_ID = '([^/?#]{1,200})';

const paths: readonly (readonly [CaOperation, RegExp])[] = [
  ['directory', /^\/directory$/],
  ['terms', /^\/terms$/],
  ['newNonce', /^\/new-nonce$/],
  ['newAccount', /^\/new-account$/],
  ['newOrder', /^\/new-order$/],
  ['revokeCert', /^\/revoke-cert$/],
  ['keyChange', /^\/key-change$/],
  ['account', new RegExp(`^/account/${ID}$`)],
  ['accountOrders', new RegExp(`^/account/${ID}/orders(?:/${ID})?$`)],
  ['crl', /^\/crl\/([01])$/],
  ['issuer', /^\/issuer\/([01])$/],
  ['order', new RegExp(`^/order/${ID}$`)],
  ['finalize', new RegExp(`^/order/${ID}/finalize$`)],
  ['authorization', new RegExp(`^/authorization/${ID}$`)],
  ['challenge', new RegExp(`^/authorization/${ID}/challenge/${ID}$`)],
  ['renewalInfo', new RegExp(`^/renewal-info/${ARI_CERT_ID}$`)],
  ['certificate', new RegExp(`^/certificate/${ID}(?:/([0-9]{1,2}))?$`)],
];

/** `path` with its query, which no resource of ours has. */
export function findRoute(path: string): CaRoute | undefined {
  for (const [operation, pattern] of paths) {
    const match = pattern.exec(path);
    if (match !== null) return { operation, id: match[1] ?? '', part: match[2] ?? '' };
  }
  return undefined;
}

export class CaUrls {
  readonly #base: string;

  /** `base` is scheme, host and port: `https://localhost:14000`. */
  constructor(base: string) {
    this.#base = base;
  }

  /** The URL of a path, as a client must have signed it. */
  at(path: string): string {
    return `${this.#base}${path}`;
  }

  directory(): string {
    return this.at('/directory');
  }

  terms(): string {
    return this.at('/terms');
  }

  account(id: string): string {
    return this.at(`/account/${id}`);
  }

  /** `after` is the last order of the page before. */
  accountOrders(id: string, after?: string): string {
    return this.at(`/account/${id}/orders${after === undefined ? '' : `/${after}`}`);
  }

  order(id: string): string {
    return this.at(`/order/${id}`);
  }

  finalize(id: string): string {
    return this.at(`/order/${id}/finalize`);
  }

  authorization(id: string): string {
    return this.at(`/authorization/${id}`);
  }

  challenge(authorizationId: string, id: string): string {
    return this.at(`/authorization/${authorizationId}/challenge/${id}`);
  }

  certificate(id: string): string {
    return this.at(`/certificate/${id}`);
  }

  /** The same leaf with the chain to the other root. */
  alternateCertificate(id: string): string {
    return this.at(`/certificate/${id}/1`);
  }

  /** `intermediate` is 0 or 1. */
  crl(intermediate: number): string {
    return this.at(`/crl/${intermediate}`);
  }

  issuer(intermediate: number): string {
    return this.at(`/issuer/${intermediate}`);
  }

  /** The id in one of our account URLs, or undefined. */
  accountIdOf(url: string): string | undefined {
    const route = url.startsWith(`${this.#base}/`) ? findRoute(url.slice(this.#base.length)) : undefined;
    return route?.operation === 'account' ? route.id : undefined;
  }
}
