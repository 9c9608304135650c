// A certificate signing request for our names, signed by the key of the coming leaf.

import 'reflect-metadata';
import { createPublicKey, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { MAX_COMMON_NAME } from '../../domain/dns-name.ts';
import { Problem } from '../../domain/problem.ts';

const algorithms = {
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ec: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
} as const;

/**
 * PKCS#10 as PEM: all names as SAN, the first one that is no wildcard as commonName if it fits, no extended key usage (the
 * authority decides that). RSA and EC P-256, SHA-256. A key of another kind or no names at all is a `bad-request` problem.
 */
export async function makeCsr(privateKey: KeyObject, names: readonly string[]): Promise<string> {
  if (names.length === 0) throw new Problem('bad-request', 'a CSR needs a name', { field: 'names' });
  const algorithm = algorithmOf(privateKey);
  const publicKey = createPublicKey(privateKey);
  const commonName = names.find((name) => !name.startsWith('*.'));
  const isShort = commonName !== undefined && commonName.length <= MAX_COMMON_NAME;
  const general = names.map((value) => ({ type: 'dns' as const, value }));
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: isShort ? [{ CN: [commonName] }] : [],
    keys: {
      privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']),
      publicKey: publicKey.toCryptoKey(algorithm, true, ['verify']),
    },
    signingAlgorithm: algorithm,
    // RFC 5280, 4.2.1.6: critical when the subject is empty.
    extensions: [new x509.SubjectAlternativeNameExtension(general, !isShort)],
  });
  return `${request.toString('pem').trim()}\n`;
}

function algorithmOf(key: KeyObject) {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.type === 'private' && key.asymmetricKeyType === 'rsa') return algorithms.rsa;
  if (key.type === 'private' && curve === 'prime256v1') return algorithms.ec;
  throw new Problem('bad-request', 'the key is neither RSA nor EC P-256', { field: 'privateKey' });
}
