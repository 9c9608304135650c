// New key pairs, and requests made with them.

import { CryptoKeyPairs } from '../../src/adapters/acme/crypto-key-pairs.ts';

export function keyPairs(): CryptoKeyPairs {
  return new CryptoKeyPairs();
}
