// The throwaway certificates this CA stands on: made at the first start, read again at every later one.

import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { writeWhole } from './ca-journal.ts';

const FILE_NAME = 'issuers.json';
const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

const DAY_MS = 86_400_000;

/** A certificate that signs, and the key it signs with. */
export interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly pem: string;
  readonly key: webcrypto.CryptoKey;
  /** Its subject key identifier, which is the authority key identifier in what it signs: base64url. */
  readonly keyId: string;
}

export interface CaIssuers {
  readonly root: Issuer;
  /** The one in use, and the one for when the dial `intermediateChanged` is turned. */
  readonly intermediates: readonly [Issuer, Issuer];
  /** Signs nothing but the certificate of the API's own HTTPS; another root, so that nobody trusts the wrong one unseen. */
  readonly tlsRoot: Issuer;
}

/** Names are different in every folder: two sandboxes never pass for each other. */
export async function openIssuers(folder: string, now: Date): Promise<CaIssuers> {
  const kept = await readKept(folder);
  if (kept !== undefined) return kept;
  const made = await makeIssuers(now);
  const { root, intermediates, tlsRoot } = made;
  const names = { root, intermediate0: intermediates[0], intermediate1: intermediates[1], tlsRoot };
  const entries = await Promise.all(
    Object.entries(names).map(async ([name, issuer]) => [name, await exportIssuer(issuer)] as const),
  );
  await writeWhole(join(folder, FILE_NAME), `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`);
  return made;
}

/** A server certificate for `localhost` and 127.0.0.1, new at every start: `{ key, cert }` as PEM, for node:https. */
export async function makeTlsIdentity(tlsRoot: Issuer): Promise<{ readonly key: string; readonly cert: string }> {
  const keys = await newKeys();
  const certificate = await sign({
    subject: 'sandbox CA API',
    subjectKeys: keys,
    issuer: tlsRoot,
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

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** HTTPS of the API is checked with the real clock, whatever clock the CA was given. */
const TLS_VALIDITY: Validity = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2049-12-31T00:00:00Z'),
};

async function makeIssuers(now: Date): Promise<CaIssuers> {
  const mark = randomBytes(3).toString('hex');
  const validity = (years: number): Validity => ({
    notBefore: wholeSeconds(now.getTime() - DAY_MS),
    notAfter: wholeSeconds(now.getTime() + years * 365 * DAY_MS),
  });
  const root = await makeRoot(`Sandbox Root ${mark}`, validity(15));
  const tlsRoot = await makeRoot(`Sandbox API Root ${mark}`, TLS_VALIDITY);
  const first = await makeIntermediate(`Sandbox Intermediate ${mark} A`, root, validity(10));
  const second = await makeIntermediate(`Sandbox Intermediate ${mark} B`, root, validity(10));
  return { root, intermediates: [first, second], tlsRoot };
}

async function makeRoot(subject: string, validity: Validity): Promise<Issuer> {
  const keys = await newKeys();
  const extensions = signerExtensions(new x509.BasicConstraintsExtension(true, undefined, true));
  return asIssuer(await sign({ subject, subjectKeys: keys, issuer: undefined, validity, extensions }), keys.privateKey);
}

async function makeIntermediate(subject: string, root: Issuer, validity: Validity): Promise<Issuer> {
  const keys = await newKeys();
  const extensions = signerExtensions(new x509.BasicConstraintsExtension(true, 0, true));
  return asIssuer(await sign({ subject, subjectKeys: keys, issuer: root, validity, extensions }), keys.privateKey);
}

function signerExtensions(constraints: x509.Extension): x509.Extension[] {
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  return [constraints, new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature, true)];
}

interface Signing {
  readonly subject: string;
  readonly subjectKeys: webcrypto.CryptoKeyPair;
  /** Undefined for a root. */
  readonly issuer: Issuer | undefined;
  readonly validity: Validity;
  readonly extensions: readonly x509.Extension[];
}

async function sign({ subject, subjectKeys, issuer, validity, extensions }: Signing): Promise<x509.X509Certificate> {
  const subjectName = new x509.Name([{ CN: [subject] }]);
  const issuerKey = issuer === undefined ? subjectKeys.publicKey : issuer.certificate.publicKey;
  return x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: subjectName,
    issuer: issuer === undefined ? subjectName : issuer.certificate.subjectName,
    notBefore: validity.notBefore,
    notAfter: validity.notAfter,
    signingAlgorithm: SIGNING,
    publicKey: subjectKeys.publicKey,
    signingKey: issuer === undefined ? subjectKeys.privateKey : issuer.key,
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(subjectKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuerKey),
    ],
  });
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

interface KeptIssuer {
  readonly certificate: string;
  readonly key: string;
}

async function exportIssuer(issuer: Issuer): Promise<KeptIssuer> {
  return { certificate: issuer.pem, key: await keyPem(issuer.key) };
}

async function readKept(folder: string): Promise<CaIssuers | undefined> {
  const text = await readFile(join(folder, FILE_NAME), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const kept = JSON.parse(text) as Record<'root' | 'intermediate0' | 'intermediate1' | 'tlsRoot', KeptIssuer>;
  return {
    root: await importIssuer(kept.root),
    intermediates: [await importIssuer(kept.intermediate0), await importIssuer(kept.intermediate1)],
    tlsRoot: await importIssuer(kept.tlsRoot),
  };
}

async function importIssuer({ certificate, key }: KeptIssuer): Promise<Issuer> {
  const der = x509.PemConverter.decodeFirst(key);
  const privateKey = await webcrypto.subtle.importKey('pkcs8', der, EC, true, ['sign']);
  return asIssuer(new x509.X509Certificate(certificate), privateKey);
}
