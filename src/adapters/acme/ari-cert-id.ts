// How RFC 9773 names a leaf: by the key that signed it and its serial.

import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { Problem } from '../../domain/problem.ts';

/**
 * The leaf that begins a chain in PEM → `base64url(AKI keyIdentifier).base64url(serial as DER has it)`, without padding (RFC 9773, 4.1). A leaf
 * without an authority key identifier has no such name and is a `chain-not-acceptable` problem, as is what is no certificate.
 */
export function ariCertIdOf(chainPem: string): string {
  const leaf = readLeaf(chainPem);
  const keyId = leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  if (!keyId) throw new Problem('chain-not-acceptable', 'the leaf names no authority key identifier');
  return `${base64url(keyId)}.${base64url(derInteger(leaf.serialNumber))}`;
}

function readLeaf(chainPem: string): x509.X509Certificate {
  try {
    const [leaf] = x509.PemConverter.decode(chainPem);
    if (leaf) return new x509.X509Certificate(leaf);
  } catch {
    // what the parser says of it names its own classes
  }
  throw new Problem('chain-not-acceptable', 'the chain begins with no certificate');
}

/** The zero in front that keeps an integer positive (X.690, 8.3), which x509 leaves out. */
function derInteger(hex: string): string {
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
}

function base64url(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}
