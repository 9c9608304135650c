// Which public keys this CA takes, for accounts and for leaves, and how two of them are told apart.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';

/** What Let's Encrypt takes, in bits. */
const RSA_BITS = [2048, 3072, 4096];
const RSA_EXPONENT = 65_537n;
const CURVES = ['prime256v1', 'secp384r1'];

/** Undefined if the key is good, else what is wrong with it. */
export function keyFault(key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa') {
    if (!RSA_BITS.includes(details?.modulusLength ?? 0)) {
      return `RSA key has ${details?.modulusLength ?? 'unknown'} bits; right are ${RSA_BITS.join(', ')}`;
    }
    return details?.publicExponent === RSA_EXPONENT ? undefined : `RSA exponent must be ${RSA_EXPONENT}`;
  }
  if (key.asymmetricKeyType === 'ec') {
    return CURVES.includes(details?.namedCurve ?? '') ? undefined : 'curve must be P-256 or P-384';
  }
  return 'key must be RSA or EC';
}

/** RFC 7638, SHA-256, base64url. */
export function thumbprintOf(key: KeyObject): Promise<string> {
  return calculateJwkThumbprint(publicJwk(key));
}

/** The public members only, whatever the client sent. */
export function publicJwk(key: KeyObject): JWK {
  return key.export({ format: 'jwk' }) as JWK;
}

/** Undefined if that is no public key that Node knows. */
export function publicKeyFromJwk(jwk: JWK): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as Record<string, string>, format: 'jwk' });
  } catch {
    return undefined;
  }
}
