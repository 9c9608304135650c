// The one way out to addresses that come from input or from a peer.

import type { Duplex } from 'node:stream';

export interface NetworkTarget {
  /** A DNS name or an IP address literal. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * Rules every adapter keeps; test/contracts/network.ts checks each of them:
 *
 * 1. A name is resolved once; the connection goes to the address that was judged, never to a second look-up.
 * 2. Private, loopback, link-local, multicast, documentation and other special-purpose addresses (IANA registries; IPv4 inside
 *    IPv6 too) are an `address-refused` problem; no switch turns that off.
 * 3. The connection stands within `timeoutMs` or it is a `server-unreachable` problem that names host, port and cause.
 * 4. The answer is a connected TCP stream; the caller closes it.
 */
export interface Network {
  connect(target: NetworkTarget, timeoutMs: number): Promise<Duplex>;
}
