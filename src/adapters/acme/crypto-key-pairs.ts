// Key pairs drawn by node:crypto, and requests made with them.

import { createPrivateKey, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyPairs, KeyType } from '../../ports/key-pairs.ts';
import { makeCsr } from './csr.ts';

const draw = promisify(generateKeyPair);

/** RSA is drawn on the thread pool: about 0.1 s of CPU, and nobody else waits. */
export class CryptoKeyPairs implements KeyPairs {
  async make(keyType: KeyType): Promise<string> {
    const { privateKey } =
      keyType === 'rsa-2048' ? await draw('rsa', { modulusLength: 2048 }) : await draw('ec', { namedCurve: 'P-256' });
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  }

  async requestFor(privateKeyPem: string, names: readonly string[]): Promise<string> {
    return makeCsr(createPrivateKey(privateKeyPem), names);
  }
}
