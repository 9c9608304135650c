// What the public DNS says of a domain: of validating resolvers, as a certificate authority asks, and of the domain's own name servers.

import type { CaaRecord } from '../domain/caa.ts';
import type { RecordsSeen } from '../domain/wanted-records.ts';

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
 * 4. No call raises a problem because a resolver or a name server is silent, refuses or answers nonsense: that is `unknown`.
 * 5. `findRecords` answers with the values every name server of the name that answers has now, from no cache: what one of them lacks is
 *    not there yet. Only where none of them can be asked it is what resolvers say. Names in values are lower case without final dot.
 * 6. Of CNAME it finds the alias at the name itself; for A and AAAA it follows aliases, at most 8, into other zones too (RFC 1034, 3.6.2);
 *    aliases that lead nowhere are `unknown`.
 */
export interface PublicDns {
  findCaa(name: string): Promise<CaaFinding>;
  judgeDnssec(name: string): Promise<DnssecFinding>;
  findRecords(name: string, type: 'A' | 'AAAA' | 'CNAME'): Promise<RecordsSeen>;
}
