// The one way out to addresses that come from input or from a peer.

import { PublicNetwork } from '../../src/adapters/tls/public-network.ts';

export function network(): PublicNetwork {
  return new PublicNetwork();
}
