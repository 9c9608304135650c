// What stands in a certificate besides what node:crypto says of it: its extensions, and how it is signed (RFC 5280, 4.1 and 4.2).

import {
  type DerElement,
  DerFault,
  readBits,
  readChildren,
  readDer,
  readOid,
  readSmallInteger,
  TAG,
} from './der-reader.ts';

export type SignatureHash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'none';

export interface Extensions {
  /** 1 to 3. */
  readonly version: number;
  /** Undefined: an algorithm we do not know. `none`: it hashes by itself (Ed25519). */
  readonly signatureHash: SignatureHash | undefined;
  /** The algorithm is named twice, and both must be one (RFC 5280, 4.1.1.2). */
  readonly isSignedAsSaid: boolean;
  /** DER of the names, as hex: the same name is the same text. */
  readonly subject: string;
  readonly issuer: string;
  readonly hasEmptySubject: boolean;
  readonly hasEmptyIssuer: boolean;
  readonly critical: ReadonlySet<string>;
  readonly present: ReadonlySet<string>;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  /** Bits of RFC 5280, 4.2.1.3: 0 digitalSignature, 2 keyEncipherment, 4 keyAgreement, 5 keyCertSign. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly extendedUsages: readonly string[] | undefined;
  /** Signed certificate timestamps (RFC 6962, 3.3). */
  readonly timestamps: number;
  /** Lower hex. */
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly constraints: NameConstraints | undefined;
  readonly caIssuerUrls: readonly string[];
  readonly crlUrls: readonly string[];
  readonly alternativeNames: number | undefined;
}

export interface NameConstraints {
  /** Lower case; empty with `hasPermittedDns`: none at all. */
  readonly permittedDns: readonly string[];
  readonly excludedDns: readonly string[];
  /** Constraints on anything but DNS names. */
  readonly others: boolean;
}

export const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
  extendedUsages: '2.5.29.37',
  policies: '2.5.29.32',
  information: '1.3.6.1.5.5.7.1.1',
  timestamps: '1.3.6.1.4.1.11129.2.4.2',
  poison: '1.3.6.1.4.1.11129.2.4.3',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  anyUsage: '2.5.29.37.0',
} as const;

const HASHES: Readonly<Record<string, SignatureHash>> = {
  '1.2.840.113549.1.1.4': 'md5',
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.14': 'sha224',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.1': 'sha224',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': 'none',
  '1.3.101.113': 'none',
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const PSS = '1.2.840.113549.1.1.10';

/** Throws a `DerFault` for what is no certificate; a single extension that cannot be read is one, too: nothing is guessed. */
export function readExtensions(der: Uint8Array): Extensions {
  const [tbs, outer] = readChildren(readDer(der));
  if (tbs === undefined || outer === undefined) throw new DerFault('no certificate');
  const fields = [...readChildren(tbs)];
  const version =
    fields[0]?.tag === 0xa0 ? readSmallInteger(readDer(fields.shift()?.content ?? new Uint8Array())) + 1 : 1;
  const [, signature, issuer, , subject, , ...optional] = fields;
  if (signature === undefined || issuer === undefined || subject === undefined) throw new DerFault('no certificate');
  const list = optional.find(({ tag }) => tag === 0xa3);
  const extensions = new Map<string, Uint8Array>();
  const critical = new Set<string>();
  for (const extension of list === undefined ? [] : readChildren(readDer(list.content))) {
    const [id, ...rest] = readChildren(extension);
    const value = rest.at(-1);
    if (id === undefined || value === undefined || value.tag !== TAG.octetString) throw new DerFault('no extension');
    const name = readOid(id);
    if (extensions.has(name)) throw new DerFault(`extension ${name} is there twice`);
    extensions.set(name, value.content);
    if (rest.length > 1 && rest[0]?.content[0]) critical.add(name);
  }
  const of = <Value>(name: string, read: (element: DerElement) => Value): Value | undefined => {
    const value = extensions.get(name);
    return value === undefined ? undefined : read(readDer(value));
  };
  return {
    version,
    signatureHash: hashOf(signature),
    isSignedAsSaid: Buffer.compare(signature.bytes, outer.bytes) === 0,
    subject: hex(subject.bytes),
    issuer: hex(issuer.bytes),
    hasEmptySubject: subject.content.length === 0,
    hasEmptyIssuer: issuer.content.length === 0,
    critical,
    present: new Set(extensions.keys()),
    basicConstraints: of(OID.basicConstraints, readBasicConstraints),
    keyUsage: of(OID.keyUsage, readBits),
    extendedUsages: of(OID.extendedUsages, (element) => readChildren(element).map(readOid)),
    timestamps: of(OID.timestamps, countTimestamps) ?? 0,
    subjectKeyId: of(OID.subjectKeyId, ({ content }) => hex(content)),
    authorityKeyId: of(OID.authorityKeyId, (element) => {
      const id = readChildren(element).find(({ tag }) => tag === 0x80);
      return id === undefined ? undefined : hex(id.content);
    }),
    constraints: of(OID.nameConstraints, readNameConstraints),
    caIssuerUrls: of(OID.information, readCaIssuers) ?? [],
    crlUrls: of(OID.crlPoints, readCrlUrls) ?? [],
    alternativeNames: of(OID.alternativeNames, (element) => readChildren(element).length),
  };
}

/** The subject alone, as `Extensions` has it: for hundreds of roots of which one or two are needed. */
export function readSubject(der: Uint8Array): string {
  const [tbs] = readChildren(readDer(der));
  const fields = tbs === undefined ? [] : readChildren(tbs);
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4];
  if (subject === undefined) throw new DerFault('no certificate');
  return hex(subject.bytes);
}

function hashOf(algorithm: DerElement): SignatureHash | undefined {
  const [id, parameters] = readChildren(algorithm);
  if (id === undefined) throw new DerFault('no algorithm');
  const name = readOid(id);
  if (name !== PSS) return HASHES[name];
  const given = parameters && readChildren(parameters).find(({ tag }) => tag === 0xa0);
  // RFC 4055, 3.1: where it is left out it is SHA-1
  return given === undefined ? 'sha1' : hashOf(readDer(given.content));
}

function readBasicConstraints(element: DerElement): Extensions['basicConstraints'] {
  const [first, second] = readChildren(element);
  const ca = first?.tag === TAG.boolean && first.content[0] !== 0;
  const length = first?.tag === TAG.integer ? first : second;
  return { ca, pathLength: length === undefined ? undefined : readSmallInteger(length) };
}

function countTimestamps({ tag, content }: DerElement): number {
  if (tag !== TAG.octetString || content.length < 2) throw new DerFault('no timestamps');
  let count = 0;
  for (let at = 2; at + 2 <= content.length; count += 1) at += 2 + (content[at] ?? 0) * 256 + (content[at + 1] ?? 0);
  return count;
}

function readNameConstraints(element: DerElement): NameConstraints {
  const found = { permittedDns: [] as string[], excludedDns: [] as string[], others: false };
  for (const part of readChildren(element)) {
    for (const subtree of readChildren(part)) {
      const base = readChildren(subtree)[0];
      if (base?.tag !== 0x82) found.others = true;
      else (part.tag === 0xa0 ? found.permittedDns : found.excludedDns).push(text(base.content).toLowerCase());
    }
  }
  return found;
}

const CA_ISSUERS = '1.3.6.1.5.5.7.48.2';

function readCaIssuers(element: DerElement): readonly string[] {
  return readChildren(element).flatMap((access) => {
    const [method, location] = readChildren(access);
    const isOurs = method !== undefined && readOid(method) === CA_ISSUERS && location?.tag === 0x86;
    return isOurs ? [text(location.content)] : [];
  });
}

/** Only full names: RFC 5280, 4.2.1.13. */
function readCrlUrls(element: DerElement): readonly string[] {
  return readChildren(element).flatMap((point) =>
    readChildren(point)
      .filter(({ tag }) => tag === 0xa0)
      .flatMap((name) => readChildren(name).filter(({ tag }) => tag === 0xa0))
      .flatMap((full) => readChildren(full).filter(({ tag }) => tag === 0x86))
      .map(({ content }) => text(content)),
  );
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1');
}

function hex(content: Uint8Array): string {
  return Buffer.from(content).toString('hex');
}
