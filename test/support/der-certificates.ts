// Certificates byte by byte, with any fault a test asks for: wrong usages, missing identifiers, old versions, two algorithms.

import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface DerCertificateOptions {
  /** Common name; `''` leaves the subject empty. */
  readonly subject?: string;
  readonly names?: readonly string[];
  /** @default - a new P-256 pair */
  readonly pair?: Pair;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly ca?: { readonly pathLength?: number; readonly critical?: boolean };
  /** Bits; `null` leaves the extension out. @default - [0], of an authority [5, 6] */
  readonly keyUsage?: readonly number[] | null;
  /** Dotted; `null` leaves the extension out. @default - serverAuth, of an authority none */
  readonly usages?: readonly string[] | null;
  /** @default 'sha256' */
  readonly hash?: 'sha1' | 'sha256' | 'sha384';
  /** What the signed part says instead of the truth. */
  readonly saidHash?: 'sha1' | 'sha256' | 'sha384';
  /** 1 or 3. @default 3 */
  readonly version?: number;
  /** @default 3 */
  readonly timestamps?: number;
  readonly withoutAuthorityKeyId?: boolean;
  readonly withoutSubjectKeyId?: boolean;
  readonly criticalNames?: boolean;
  readonly permittedDns?: readonly string[];
  readonly permittedDirectory?: boolean;
  /** Further extensions, whole. */
  readonly more?: readonly Uint8Array[];
  readonly caIssuers?: string;
}

export interface DerCertificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly pair: Pair;
  readonly keyPem: string;
  readonly subject: string;
  issue(options: DerCertificateOptions): DerCertificate;
}

const DAY_MS = 86_400_000;
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export function makePair(
  kind: 'p256' | 'p384' | 'p224' | 'p521' | 'rsa1024' | 'rsa2048' | 'rsa-e3' | 'ed25519' = 'p256',
): Pair {
  const known = kind.startsWith('rsa') ? rsa.get(kind) : undefined;
  if (known !== undefined) return known;
  const pair = drawPair(kind);
  if (kind.startsWith('rsa')) rsa.set(kind, pair);
  return pair;
}

/** Slow to draw: one of each kind is enough. */
const rsa = new Map<string, Pair>();

function drawPair(kind: string): Pair {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind.startsWith('rsa'))
    return generateKeyPairSync('rsa', {
      modulusLength: kind === 'rsa1024' ? 1024 : 2048,
      publicExponent: kind === 'rsa-e3' ? 3 : 65_537,
    });
  const namedCurve =
    { p256: 'prime256v1', p384: 'secp384r1', p224: 'secp224r1', p521: 'secp521r1' }[kind] ?? 'prime256v1';
  return generateKeyPairSync('ec', { namedCurve });
}

/** Signed with its own key. Of an authority when `ca` is given, which it is unless `names` are. */
export function selfSigned(options: DerCertificateOptions = {}): DerCertificate {
  const pair = options.pair ?? makePair();
  const subject = options.subject ?? `Root ${randomBytes(4).toString('hex')}`;
  const ca = options.names === undefined ? { ca: {} } : {};
  return build({ ...ca, ...options, subject, pair }, { subject, pair });
}

interface Signer {
  readonly subject: string;
  readonly pair: Pair;
}

function build(options: DerCertificateOptions & { readonly pair: Pair }, by: Signer): DerCertificate {
  const subject =
    options.subject ??
    (options.ca === undefined ? (options.names?.[0] ?? '') : `Issuer ${randomBytes(4).toString('hex')}`);
  const { pair, version = 3 } = options;
  const hash = options.hash ?? 'sha256';
  const notBefore = options.notBefore ?? new Date(Date.now() - DAY_MS);
  const notAfter = options.notAfter ?? new Date(notBefore.getTime() + (options.ca === undefined ? 90 : 3650) * DAY_MS);
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const extensions = extensionsOf({ ...options, subject }, spki, by);
  const tbs = sequence(
    ...(version === 1 ? [] : [der(0xa0, integer(version - 1))]),
    integer(Buffer.concat([Buffer.from([0x51]), randomBytes(15)])),
    algorithm(options.saidHash ?? hash, by.pair),
    name(by.subject),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    spki,
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  const digest = by.pair.privateKey.asymmetricKeyType === 'ed25519' ? null : hash;
  const signature = sign(digest, tbs, by.pair.privateKey);
  const whole = sequence(tbs, algorithm(hash, by.pair), der(0x03, Buffer.from([0]), signature));
  const self: Signer = { subject, pair };
  return {
    der: whole,
    pem: pemOf(whole),
    pair,
    keyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    subject,
    issue: (asked) => build({ ...asked, pair: asked.pair ?? makePair() }, self),
  };
}

export function pemOf(whole: Uint8Array): string {
  const text =
    Buffer.from(whole)
      .toString('base64')
      .match(/.{1,64}/g)
      ?.join('\n') ?? '';
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function extensionsOf(
  options: DerCertificateOptions & { readonly pair: Pair; readonly subject: string },
  spki: Buffer,
  by: Signer,
): readonly Buffer[] {
  if (options.version === 1) return [];
  const { ca, names, timestamps = ca === undefined ? 3 : 0 } = options;
  const keyUsage = options.keyUsage === undefined ? (ca === undefined ? [0] : [5, 6]) : options.keyUsage;
  const usages = options.usages === undefined ? (ca === undefined ? [SERVER_AUTH] : null) : options.usages;
  const list: Buffer[] = [];
  if (ca !== undefined)
    list.push(
      extension(
        '2.5.29.19',
        sequence(TRUE, ...(ca.pathLength === undefined ? [] : [integer(ca.pathLength)])),
        ca.critical !== false,
      ),
    );
  if (keyUsage !== null) list.push(extension('2.5.29.15', bits(keyUsage), true));
  if (usages !== null) list.push(extension('2.5.29.37', sequence(...usages.map(oid))));
  if (names !== undefined)
    list.push(
      extension(
        '2.5.29.17',
        sequence(...names.map((one) => der(0x82, Buffer.from(one)))),
        options.criticalNames ?? options.subject === '',
      ),
    );
  if (options.withoutSubjectKeyId !== true) list.push(extension('2.5.29.14', der(0x04, keyId(spki))));
  const above = by.pair.publicKey.export({ type: 'spki', format: 'der' });
  if (options.withoutAuthorityKeyId !== true) list.push(extension('2.5.29.35', sequence(der(0x80, keyId(above)))));
  if (timestamps > 0) list.push(extension('1.3.6.1.4.1.11129.2.4.2', der(0x04, timestampList(timestamps))));
  const trees = [
    ...(options.permittedDns ?? []).map((base) => sequence(der(0x82, Buffer.from(base)))),
    ...(options.permittedDirectory === true ? [sequence(der(0xa4, name('Northwind')))] : []),
  ];
  if (trees.length > 0) list.push(extension('2.5.29.30', sequence(der(0xa0, ...trees)), true));
  if (options.caIssuers !== undefined)
    list.push(
      extension(
        '1.3.6.1.5.5.7.1.1',
        sequence(sequence(oid('1.3.6.1.5.5.7.48.2'), der(0x86, Buffer.from(options.caIssuers)))),
      ),
    );
  return [...list, ...(options.more ?? []).map((one) => Buffer.from(one))];
}

/** OCTET STRING in OCTET STRING is the caller's; here the TLS list (RFC 6962, 3.3). */
function timestampList(count: number): Buffer {
  const one = Buffer.concat([Buffer.from([0, 40]), randomBytes(40)]);
  const all = Buffer.concat(Array.from({ length: count }, () => one));
  return Buffer.concat([Buffer.from([all.length >> 8, all.length & 255]), all]);
}

export function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [TRUE] : []), der(0x04, value));
}

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function keyId(spki: Buffer): Buffer {
  return createHash('sha1')
    .update(createPublicKey({ key: spki, type: 'spki', format: 'der' }).export({ type: 'spki', format: 'der' }))
    .digest();
}

function algorithm(hash: string, { privateKey }: Pair): Buffer {
  if (privateKey.asymmetricKeyType === 'ed25519') return sequence(oid('1.3.101.112'));
  if (privateKey.asymmetricKeyType === 'ec')
    return sequence(
      oid({ sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' }[hash] ?? ''),
    );
  return sequence(
    oid({ sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11', sha384: '1.2.840.113549.1.1.12' }[hash] ?? ''),
    Buffer.from([5, 0]),
  );
}

function name(common: string): Buffer {
  return common === '' ? sequence() : sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(common)))));
}

/** RFC 5280, 4.1.2.5: UTCTime until 2049. */
function time(moment: Date): Buffer {
  const text = moment.toISOString().replace(/[-:T]|\.\d+/g, '');
  return moment.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

function bits(set: readonly number[]): Buffer {
  const bytes = [0, 0];
  for (const bit of set) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  const used = set.some((bit) => bit > 7) ? 2 : 1;
  const last = bytes[used - 1] ?? 0;
  const unused = last === 0 ? 0 : Math.log2(last & -last);
  return der(0x03, Buffer.from([unused, ...bytes.slice(0, used)]));
}

function integer(value: number | Buffer): Buffer {
  if (typeof value !== 'number') return der(0x02, value);
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const out = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128)) out.unshift((left & 0x7f) | 0x80);
    return out;
  });
  return der(0x06, Buffer.from(bytes));
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
