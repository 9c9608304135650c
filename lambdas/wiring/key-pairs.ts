// Key pairs drawn by Node's own cryptography.

import { CryptoKeyPairs } from '../../src/adapters/acme/crypto-key-pairs.ts';

export function keyPairs(): CryptoKeyPairs {
  return new CryptoKeyPairs();
}
