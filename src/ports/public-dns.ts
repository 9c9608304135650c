// What the public DNS says of a domain, asked of validating resolvers as a certificate authority asks.

import type { CaaRecord } from '../domain/caa.ts';

/** `unknown`: no resolver gave a usable answer; `why` says what they did. */
export type CaaFinding =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly at: string; readonly records: readonly CaaRecord[] }
  | { readonly kind: 'unknown'; readonly why: string };

export type DnssecFinding =
  | { readonly kind: 'sound' }
  | { readonly kind: 'bogus'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Names are lower case without final dot. Rules every adapter keeps; test/contracts/public-dns.ts checks each of them:
 *
 * 1. `findCaa` answers with the relevant set (RFC 8659, 3): the records at the name, or at the closest parent that has any, an alias
 *    followed by the resolver; `*.` in front is left out. `none` only when every name up the tree was answered for.
 * 2. `judgeDnssec` is `bogus` only when at least two resolvers fail (SERVFAIL) and answer with checking disabled (RFC 4035, 3.2.2): a CA
 *    that must validate will then get no answer either.
 * 3. It is `sound` when at least two resolvers answer and none fails; an unsigned zone is sound. Anything else is `unknown`.
 * 4. Neither call raises a problem because a resolver is silent, refuses or answers nonsense: that is `unknown`.
 */
export interface PublicDns {
  findCaa(name: string): Promise<CaaFinding>;
  judgeDnssec(name: string): Promise<DnssecFinding>;
}
