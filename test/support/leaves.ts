// Certificates made to order for tests: a root, intermediates and leaves of any age, key and name, in milliseconds.

import 'reflect-metadata';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

export type TestKeyType = 'ec-p256' | 'ec-p384' | 'rsa-2048' | 'rsa-1024';

interface CertificateOptions {
  /** @default a name with a random part, so that no two issuers of a test are mistaken for one another */
  readonly commonName?: string;

  /** @default - an hour ago */
  readonly notBefore?: Date;

  /** @default - ninety days from now for a leaf, ten years for an issuer */
  readonly notAfter?: Date;

  /** @default 'ec-p256' */
  readonly keyType?: TestKeyType;

  /** Which cached key of that type to take. RSA keys are slow to make: equal slots share a key within one process.
   * @default - slot 0 for RSA, a new key for elliptic curves */
  readonly keySlot?: number;

  /** A private key (PKCS#8 PEM) to use instead of making one. */
  readonly keyPem?: string;

  /** Digest the issuer signs with. @default 'SHA-256' */
  readonly hash?: 'SHA-1' | 'SHA-256' | 'SHA-384';
}

export interface IssuerOptions extends CertificateOptions {
  /** @default - none */
  readonly pathLength?: number;
}

export interface LeafOptions extends CertificateOptions {
  /** SANs, names and IP addresses mixed; an empty list leaves the extension out. */
  readonly names: readonly string[];

  /** @default ['serverAuth'] */
  readonly usages?: readonly ('serverAuth' | 'clientAuth')[];

  /** Lower hex. @default - 16 random bytes */
  readonly serial?: string;

  /** Bytes of an unknown extension, to make a leaf as large as a hostile server would. @default 0 */
  readonly paddingBytes?: number;
}

export interface Leaf {
  /** PKCS#8. */
  readonly keyPem: string;
  readonly leafPem: string;
  /** Leaf, then intermediates; no root. */
  readonly chainPem: string;
  /** SHA-256 of the leaf's DER, lower hex. */
  readonly fingerprint: string;
  /** Lower hex without leading zeros. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface Issuer {
  readonly commonName: string;
  /** Its own certificate. */
  readonly pem: string;
  /** Its own certificate and the intermediates above it; empty for a root. */
  readonly chainPem: string;
  readonly keyPem: string;
  intermediate(options?: IssuerOptions): Promise<Issuer>;
  leaf(options: LeafOptions): Promise<Leaf>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const cachedKeys = new Map<string, string>();

/** A self-signed root. */
export async function makeRoot(options: IssuerOptions = {}): Promise<Issuer> {
  const commonName = options.commonName ?? `Test Root ${randomBytes(4).toString('hex')}`;
  const keyPem = privateKeyFor(options);
  const pem = await sign({
    commonName,
    keyPem,
    options,
    by: { commonName, keyPem },
    extensions: issuerExtensions(options),
  });
  return issuer({ commonName, pem, chainPem: '', keyPem });
}

/** A leaf signed with its own key, as a phone system brings it from the factory. */
export async function makeSelfSigned(options: LeafOptions): Promise<Leaf> {
  const keyPem = privateKeyFor(options);
  const commonName = options.commonName ?? 'localhost.localdomain';
  return await issuer({ commonName, pem: '', chainPem: '', keyPem }).leaf({ ...options, commonName, keyPem });
}

/** A private key as PKCS#8 PEM, for tests that need a key and no certificate. */
export function makeKeyPem(keyType: TestKeyType = 'ec-p256', keySlot?: number): string {
  return privateKeyFor(keySlot === undefined ? { keyType } : { keyType, keySlot });
}

interface Signer {
  readonly commonName: string;
  readonly keyPem: string;
}

function issuer(self: Signer & { readonly pem: string; readonly chainPem: string }): Issuer {
  return {
    ...self,
    async intermediate(options = {}) {
      const commonName = options.commonName ?? `Test Intermediate ${randomBytes(4).toString('hex')}`;
      const keyPem = privateKeyFor(options);
      const pem = await sign({ commonName, keyPem, options, by: self, extensions: issuerExtensions(options) });
      return issuer({ commonName, pem, chainPem: pem + self.chainPem, keyPem });
    },
    async leaf(options) {
      const keyPem = privateKeyFor(options);
      const serial = (options.serial ?? `5${randomBytes(16).toString('hex').slice(1)}`)
        .toLowerCase()
        .replace(/^0+/, '');
      const notBefore = options.notBefore ?? new Date(Date.now() - HOUR_MS);
      const notAfter = options.notAfter ?? new Date(Date.now() + 90 * DAY_MS);
      const commonName = options.commonName ?? '';
      const dated = { ...options, notBefore, notAfter };
      const leafPem = await sign({
        commonName,
        keyPem,
        options: dated,
        by: self,
        extensions: leafExtensions(options),
        serial,
      });
      const fingerprint = createHash('sha256').update(derOf(leafPem)).digest('hex');
      return { keyPem, leafPem, chainPem: leafPem + self.chainPem, fingerprint, serial, notBefore, notAfter };
    },
  };
}

interface Signing {
  readonly commonName: string;
  readonly keyPem: string;
  readonly options: CertificateOptions;
  readonly by: Signer;
  readonly extensions: readonly x509.Extension[];
  readonly serial?: string;
}

async function sign({ commonName, keyPem, options, by, extensions, serial }: Signing): Promise<string> {
  const hash = options.hash ?? 'SHA-256';
  const publicKey = await publicCryptoKey(keyPem);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: evenHex(serial ?? `5${randomBytes(16).toString('hex').slice(1)}`),
    subject: commonName === '' ? [] : [{ CN: [commonName] }],
    issuer: [{ CN: [by.commonName] }],
    notBefore: options.notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: options.notAfter ?? new Date(Date.now() + 3650 * DAY_MS),
    publicKey,
    signingKey: await signingCryptoKey(by.keyPem, hash),
    signingAlgorithm: { name: signatureName(by.keyPem), hash },
    extensions: [
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(await publicCryptoKey(by.keyPem)),
    ],
  });
  return `${certificate.toString('pem').trim()}\n`;
}

function issuerExtensions({ pathLength }: IssuerOptions): readonly x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

function leafExtensions({ names, usages = ['serverAuth'], paddingBytes = 0 }: LeafOptions): readonly x509.Extension[] {
  const sans = names.map((name): x509.JsonGeneralName => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }));
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
    ...(usages.length === 0
      ? []
      : [new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[usage]))]),
    ...(sans.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(sans)]),
    ...(paddingBytes === 0 ? [] : [new x509.Extension('1.3.6.1.4.1.55555.1', false, Buffer.alloc(paddingBytes))]),
  ];
}

function privateKeyFor({ keyType = 'ec-p256', keySlot, keyPem }: CertificateOptions): string {
  if (keyPem !== undefined) return keyPem;
  if (keyType.startsWith('ec') && keySlot === undefined) return newKeyPem(keyType);
  const cacheKey = `${keyType} ${keySlot ?? 0}`;
  const cached = cachedKeys.get(cacheKey) ?? newKeyPem(keyType);
  cachedKeys.set(cacheKey, cached);
  return cached;
}

function newKeyPem(keyType: TestKeyType): string {
  const { privateKey } = keyType.startsWith('ec')
    ? generateKeyPairSync('ec', { namedCurve: keyType === 'ec-p384' ? 'P-384' : 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: keyType === 'rsa-1024' ? 1024 : 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function isEllipticCurve(keyPem: string): boolean {
  return createPrivateKey(keyPem).asymmetricKeyType === 'ec';
}

function signatureName(keyPem: string): string {
  return isEllipticCurve(keyPem) ? 'ECDSA' : 'RSASSA-PKCS1-v1_5';
}

function importParameters(keyPem: string, hash: string): webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams {
  const curve = createPrivateKey(keyPem).asymmetricKeyDetails?.namedCurve;
  if (curve === undefined) return { name: 'RSASSA-PKCS1-v1_5', hash };
  return { name: 'ECDSA', namedCurve: curve === 'secp384r1' ? 'P-384' : 'P-256' };
}

async function signingCryptoKey(keyPem: string, hash: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
  return await webcrypto.subtle.importKey('pkcs8', pkcs8, importParameters(keyPem, hash), false, ['sign']);
}

async function publicCryptoKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const spki = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
  return await webcrypto.subtle.importKey('spki', spki, importParameters(keyPem, 'SHA-256'), true, ['verify']);
}

function evenHex(serial: string): string {
  return serial.length % 2 === 0 ? serial : `0${serial}`;
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}
