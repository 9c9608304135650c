// Drawing new key pairs, and asking for a leaf with them.

export type KeyType = 'rsa-2048' | 'ec-p256';

/**
 * Rules every adapter keeps; test/contracts/key-pairs.ts checks each of them:
 *
 * 1. `make` draws a new pair each time and answers its private key as PKCS#8 PEM.
 * 2. `requestFor` answers a PKCS#10 request as PEM (RFC 2986) for exactly these names in the SAN, signed by the key with SHA-256; no extended key
 *    usage (some authorities refuse it); a common name only when the first name fits its 64 characters (RFC 5280, A.1).
 */
export interface KeyPairs {
  make(keyType: KeyType): Promise<string>;
  requestFor(privateKeyPem: string, names: readonly string[]): Promise<string>;
}
