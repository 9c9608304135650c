// Certificates that sign others, and those the CA shows for itself: how they are made, and how they go to a file and back.

import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A certificate that signs, and the key it signs with. */
export interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly pem: string;
  readonly key: webcrypto.CryptoKey;
  /** Its subject key identifier, which is the authority key identifier in what it signs: base64url. */
  readonly keyId: string;
}

/** As an issuer stands in the file of the CA: both PEM. */
export interface KeptIssuer {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** HTTPS of the API is checked with the real clock, whatever clock the CA was given. */
export const TLS_VALIDITY: Validity = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2049-12-31T00:00:00Z'),
};

export async function makeRoot(commonName: string, validity: Validity): Promise<Issuer> {
  const { publicKey, privateKey } = await newKeys();
  const subject = named(commonName);
  const signer: Signer = { name: subject, publicKey, key: privateKey };
  const extensions = signerExtensions(new x509.BasicConstraintsExtension(true, undefined, true));
  return asIssuer(await sign({ subject, publicKey, signer, validity, extensions }), privateKey);
}

export async function makeIntermediate(commonName: string, root: Issuer, validity: Validity): Promise<Issuer> {
  const { publicKey, privateKey } = await newKeys();
  const certificate = await sign({
    subject: named(commonName),
    publicKey,
    signer: signerOf(root),
    validity,
    extensions: intermediateExtensions(),
  });
  return asIssuer(certificate, privateKey);
}

/** The same name and key under another root: leaves that `issuer` signs chain up to both. */
export async function crossSign(issuer: Issuer, root: Issuer): Promise<Issuer> {
  const { subjectName, publicKey, notBefore, notAfter } = issuer.certificate;
  const certificate = await sign({
    subject: subjectName,
    publicKey,
    signer: signerOf(root),
    validity: { notBefore, notAfter },
    extensions: intermediateExtensions(),
  });
  return asIssuer(certificate, issuer.key);
}

/** A server certificate for `localhost` and 127.0.0.1, new at every start: `{ key, cert }` as PEM, for node:https. */
export async function makeTlsIdentity(tlsRoot: Issuer): Promise<{ readonly key: string; readonly cert: string }> {
  const keys = await newKeys();
  const certificate = await sign({
    subject: named('sandbox CA API'),
    publicKey: keys.publicKey,
    signer: signerOf(tlsRoot),
    validity: TLS_VALIDITY,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  return { key: await keyPem(keys.privateKey), cert: `${certificate.toString('pem')}\n` };
}

/** 16 bytes as hex, positive and without a leading zero byte: top bit 0, the next one 1 (RFC 5280, 4.1.2.2). */
export function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

export function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

export async function exportIssuer(issuer: Issuer): Promise<KeptIssuer> {
  return { certificate: issuer.pem, key: await keyPem(issuer.key) };
}

export async function importIssuer({ certificate, key }: KeptIssuer): Promise<Issuer> {
  const der = x509.PemConverter.decodeFirst(key);
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, EC, true, ['sign']);
  return asIssuer(new x509.X509Certificate(certificate), privateKey);
}

/** Leaves may follow, no other issuers. */
function intermediateExtensions(): x509.Extension[] {
  return signerExtensions(new x509.BasicConstraintsExtension(true, 0, true));
}

function signerExtensions(constraints: x509.Extension): x509.Extension[] {
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  return [constraints, new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature, true)];
}

interface Signer {
  readonly name: x509.Name;
  readonly publicKey: webcrypto.CryptoKey | x509.PublicKey;
  readonly key: webcrypto.CryptoKey;
}

interface Signing {
  readonly subject: x509.Name;
  readonly publicKey: webcrypto.CryptoKey | x509.PublicKey;
  /** Itself, for a root. */
  readonly signer: Signer;
  readonly validity: Validity;
  readonly extensions: readonly x509.Extension[];
}

async function sign({ subject, publicKey, signer, validity, extensions }: Signing): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: signer.name,
    notBefore: validity.notBefore,
    notAfter: validity.notAfter,
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: signer.key,
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
}

function signerOf({ certificate, key }: Issuer): Signer {
  return { name: certificate.subjectName, publicKey: certificate.publicKey, key };
}

function named(commonName: string): x509.Name {
  return new x509.Name([{ CN: [commonName] }]);
}

function asIssuer(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Issuer {
  const keyId = certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? '';
  return {
    certificate,
    key,
    pem: `${certificate.toString('pem')}\n`,
    keyId: Buffer.from(keyId, 'hex').toString('base64url'),
  };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(der, x509.PemConverter.PrivateKeyTag)}\n`;
}
