// A certificate revocation list (RFC 5280, 5), as far as one leaf needs it: is it on the list its issuer signed?

import { verify } from 'node:crypto';
import type { CertificateFacts } from './certificate-facts.ts';
import { type DerElement, DerFault, readChildren, readDer, readOid, TAG } from './der-reader.ts';

const HASHES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

/** A list of a large authority has tens of thousands of entries. */
const MAX_ENTRIES = 300_000;

/** Delta lists and lists of another issuer say nothing about all of its leaves. */
const DELTA = '2.5.29.27';

/** `unknown`: not a list of this issuer, not signed by it, out of date, or not to be read. Never throws. */
export function findRevocation(
  list: Uint8Array,
  leaf: CertificateFacts,
  issuer: CertificateFacts,
  now: Date,
): 'good' | 'revoked' | 'unknown' {
  try {
    return look(list, leaf, issuer, now);
  } catch {
    return 'unknown';
  }
}

function look(
  list: Uint8Array,
  leaf: CertificateFacts,
  issuer: CertificateFacts,
  now: Date,
): 'good' | 'revoked' | 'unknown' {
  const [tbs, algorithm, signature] = readChildren(readDer(list));
  if (tbs === undefined || algorithm === undefined || signature?.tag !== TAG.bitString) return 'unknown';
  const fields = [...readChildren(tbs)];
  if (fields[0]?.tag === TAG.integer) fields.shift();
  const [, name, thisUpdate, ...rest] = fields;
  if (name === undefined || thisUpdate === undefined) return 'unknown';
  if (Buffer.from(name.bytes).toString('hex') !== issuer.extensions.subject) return 'unknown';
  const nextUpdate = rest[0] !== undefined && isTime(rest[0]) ? rest.shift() : undefined;
  if (momentOf(thisUpdate) > now || (nextUpdate !== undefined && momentOf(nextUpdate) < now)) return 'unknown';
  const entries = rest[0]?.tag === TAG.sequence ? rest.shift() : undefined;
  if (rest.some((element) => element.tag === 0xa0 && hasDelta(element))) return 'unknown';
  if (!isSigned(tbs, algorithm, signature, issuer)) return 'unknown';
  const serials = entries === undefined ? [] : readChildren(entries, MAX_ENTRIES);
  return serials.some((entry) => serialOf(entry) === leaf.serial) ? 'revoked' : 'good';
}

function isSigned(tbs: DerElement, algorithm: DerElement, signature: DerElement, issuer: CertificateFacts): boolean {
  const [id] = readChildren(algorithm);
  const hash = id === undefined ? undefined : HASHES[readOid(id)];
  if (hash === undefined) return false;
  return verify(hash, tbs.bytes, issuer.x509.publicKey, signature.content.subarray(1));
}

function hasDelta(extensions: DerElement): boolean {
  return readChildren(readDer(extensions.content)).some((extension) => {
    const [id] = readChildren(extension);
    return id !== undefined && readOid(id) === DELTA;
  });
}

/** As a leaf's is written: lower hex without leading zeros. */
function serialOf(entry: DerElement): string | undefined {
  const [serial] = readChildren(entry);
  if (serial?.tag !== TAG.integer) throw new DerFault('no entry of a list');
  return Buffer.from(serial.content)
    .toString('hex')
    .replace(/^0+(?=.)/, '');
}

function isTime({ tag }: DerElement): boolean {
  return tag === 0x17 || tag === 0x18;
}

/** RFC 5280, 4.1.2.5. */
function momentOf({ tag, content }: DerElement): Date {
  const text = Buffer.from(content).toString('latin1');
  const parts = /^(\d{2,4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null) throw new DerFault('no time');
  const [, year = '', ...others] = parts;
  const whole = tag === 0x18 ? year : `${Number(year) < 50 ? '20' : '19'}${year}`;
  const [month, day, hour, minute, second] = others;
  return new Date(`${whole}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
