// One certificate as the linter sees it: what node:crypto says, and what stands in its extensions.

import { type KeyObject, X509Certificate } from 'node:crypto';
import { type Extensions, readExtensions } from './certificate-extensions.ts';
import { describeLeaf, type Leaf } from './chain.ts';
import { DerFault } from './der-reader.ts';
import { onOneLine } from './quoted-text.ts';

export type KeyFacts =
  | { readonly kind: 'rsa'; readonly bits: number; readonly exponent: bigint }
  /** `curve` is OpenSSL's name; undefined where the curve is written out instead of named. */
  | { readonly kind: 'ec'; readonly curve: string | undefined }
  | { readonly kind: 'other'; readonly name: string };

export interface CertificateFacts extends Leaf {
  readonly x509: X509Certificate;
  readonly extensions: Extensions;
  /** For people: the common name where there is one, else the first name, else the whole subject. */
  readonly title: string;
  readonly key: KeyFacts;
  /** SHA-256 of nothing but the key would do; DER of the public key, as hex, to compare. */
  readonly publicKey: string;
  readonly isCa: boolean;
  /** Signed with its own key under its own name. */
  readonly isSelfSigned: boolean;
  readonly commonName: string | undefined;
}

/** Throws what node:crypto or `readExtensions` say of bytes that are no certificate. */
export function readCertificateFacts(der: Uint8Array): CertificateFacts {
  const x509 = new X509Certificate(der);
  const extensions = readExtensions(x509.raw);
  const commonName = /(?:^|\n)CN=([^\n]*)/.exec(x509.subject ?? '')?.[1];
  const leaf = describeLeaf(x509);
  if (Number.isNaN(leaf.notBefore.getTime()) || Number.isNaN(leaf.notAfter.getTime()))
    throw new DerFault('its dates cannot be read');
  return {
    ...leaf,
    x509,
    extensions,
    commonName,
    title: onOneLine(commonName ?? leaf.names[0] ?? x509.subject ?? 'no subject').slice(0, 120),
    key: keyFacts(x509.publicKey),
    publicKey: publicKeyId(x509.publicKey),
    isCa: extensions.basicConstraints?.ca === true,
    isSelfSigned: x509.subject === x509.issuer && x509.verify(x509.publicKey),
  };
}

/** The same for the same key, whatever certificate it stands in. */
export function publicKeyId(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('hex');
}

/** `ec-p256`, `rsa-2048`, as people write them. */
export function describeKey(key: KeyFacts): string {
  if (key.kind === 'rsa') return `RSA ${key.bits}`;
  if (key.kind === 'ec')
    return `EC ${key.curve === undefined ? 'of no named curve' : (CURVES[key.curve] ?? key.curve)}`;
  return key.name;
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
  secp224r1: 'P-224',
};

function keyFacts(key: KeyObject): KeyFacts {
  const { modulusLength, publicExponent, namedCurve } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType ?? 'unknown';
  if (type === 'rsa') return { kind: 'rsa', bits: modulusLength ?? 0, exponent: publicExponent ?? 0n };
  if (type === 'ec') return { kind: 'ec', curve: namedCurve };
  return { kind: 'other', name: type };
}
