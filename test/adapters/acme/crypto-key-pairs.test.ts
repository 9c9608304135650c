// Key pairs of node:crypto keep the rules of the port.

import 'reflect-metadata';
import { describe } from 'vitest';
import { CryptoKeyPairs } from '../../../src/adapters/acme/crypto-key-pairs.ts';
import { keyPairsContract } from '../../contracts/key-pairs.ts';

describe('CryptoKeyPairs', () => {
  keyPairsContract(() => new CryptoKeyPairs());
});
