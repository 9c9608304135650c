// Connections to public addresses, judged one by one; nothing of ours turns that off.

import { PublicNetwork } from '../../src/adapters/tls/public-network.ts';

export function network(): PublicNetwork {
  return new PublicNetwork();
}
