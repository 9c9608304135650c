// A throwaway root and intermediate that sign leaves for the keys of real CSRs.

import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { Problem } from '../../domain/problem.ts';

export interface MemoryIssuers {
  readonly rootPem: string;

  /** PKCS#10 for exactly `names` → leaf and intermediate; anything else is a `ca-refused` problem. */
  issue(csrPem: string, names: readonly string[], now: Date, lifetimeDays: number): Promise<string>;
}

interface Issuer {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface Certification {
  readonly subject: string;
  readonly publicKey: x509.PublicKeyType;
  readonly by: Issuer;
  readonly notBefore: Date;
  readonly days: number;
  readonly extensions: readonly x509.Extension[];
}

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export async function makeMemoryIssuers(now: Date): Promise<MemoryIssuers> {
  const root: Issuer = { name: 'CN=Memory Root', keys: await makeKeys() };
  const intermediate: Issuer = { name: 'CN=Memory Intermediate', keys: await makeKeys() };
  const rootPem = await certify(issuerOf(root, root, now));
  const intermediatePem = await certify(issuerOf(intermediate, root, now));
  return {
    rootPem,
    async issue(csrPem, names, at, lifetimeDays) {
      const csr = await readCsr(csrPem, names);
      const commonName = names.find((name) => !name.startsWith('*.') && name.length <= 64);
      const leafPem = await certify({
        subject: commonName === undefined ? '' : `CN=${commonName}`,
        publicKey: csr.publicKey,
        by: intermediate,
        notBefore: new Date(at.getTime() - HOUR_MS),
        days: lifetimeDays,
        extensions: leafExtensions(names, commonName === undefined),
      });
      return leafPem + intermediatePem;
    },
  };
}

async function readCsr(csrPem: string, names: readonly string[]): Promise<x509.Pkcs10CertificateRequest> {
  const csr = new x509.Pkcs10CertificateRequest(csrPem);
  const extension = csr.extensions.find((found) => found instanceof x509.SubjectAlternativeNameExtension);
  const sans = (extension?.names.toJSON() ?? []).map(({ value }) => value);
  const isRight = sans.toSorted().join() === names.toSorted().join() && (await csr.verify());
  if (!isRight) throw new Problem('ca-refused', 'badCSR: signature or names are not those of the order');
  return csr;
}

function issuerOf(subject: Issuer, by: Issuer, now: Date): Certification {
  return {
    subject: subject.name,
    publicKey: subject.keys.publicKey,
    by,
    notBefore: new Date(now.getTime() - DAY_MS),
    days: 3650,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  };
}

function leafExtensions(names: readonly string[], isSubjectEmpty: boolean): readonly x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      names.map((value) => ({ type: 'dns' as const, value })),
      isSubjectEmpty,
    ),
  ];
}

async function certify({ subject, publicKey, by, notBefore, days, extensions }: Certification): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    // 5… keeps it positive and without a leading zero byte.
    serialNumber: `5${randomBytes(16).toString('hex').slice(1)}`,
    subject,
    issuer: by.name,
    notBefore,
    notAfter: new Date(notBefore.getTime() + days * DAY_MS),
    publicKey,
    signingKey: by.keys.privateKey,
    signingAlgorithm: EC,
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(by.keys.publicKey),
    ],
  });
  return `${certificate.toString('pem').trim()}\n`;
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(EC, false, ['sign', 'verify']);
}
