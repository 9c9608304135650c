// Reading the chain an endpoint serves, as a strict client sees it.

import type { Duplex } from 'node:stream';

export interface Endpoint {
  /** The name asked for by SNI and checked against the leaf. */
  readonly name: string;
  readonly port: number;
  /** `apple`: offers only what App Transport Security allows, TLS 1.2 or newer with ephemeral ECDH keys. @default - whatever OpenSSL offers */
  readonly as?: 'apple' | undefined;
}

export interface ServedChain {
  /** As sent, leaf first, PEM; at most 10. */
  readonly chainPem: readonly string[];
  /** SHA-256 of the leaf's DER, lower hex. */
  readonly fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly serial: string;
  readonly protocol: string;
  /** Whether a phone would connect: chain complete as sent, up to the given roots, name and dates right. */
  readonly trusted: boolean;
  /** Why not, in OpenSSL's word (`UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`). */
  readonly distrust: string | undefined;
}

export type Sighting =
  | { readonly kind: 'served'; readonly served: ServedChain }
  | { readonly kind: 'unreachable'; readonly why: string };

/**
 * Rules every adapter keeps; test/contracts/probes.ts checks each of them:
 *
 * 1. A probe completes a real TLS handshake (TLS 1.2 or newer) with SNI, and never fetches missing intermediates.
 * 2. An untrusted, expired or wrongly named chain is `served` with `trusted: false` and the reason; it is not an error.
 * 3. What cannot be reached, or speaks no TLS, within the deadline is `unreachable`; `probe` itself does not throw.
 * 4. `outside` resolves the endpoint's name as a phone does and goes through the network port; `inside` speaks over the stream it is given
 *    and closes it.
 * 5. `as: 'apple'` finds a server that agrees to nothing with ephemeral keys `unreachable`.
 */
export interface Probes {
  outside(endpoint: Endpoint): Promise<Sighting>;
  inside(endpoint: Endpoint, dial: (port: number) => Promise<Duplex>): Promise<Sighting>;
}
