// What a DER structure is, told by its shape: labels and file names are often wrong.

import { type BerElement, childrenOf, contextTag, countOf, oidOf, TAG } from './ber-element.ts';

export type DerKind =
  | 'certificate'
  | 'request'
  | 'revocation-list'
  | 'public-key'
  | 'key' // PKCS#8, PKCS#1 or SEC1
  | 'encrypted-key' // PKCS#8
  | 'pkcs7'
  | 'pkcs12';

/** How `node:crypto` calls the encodings of a key. */
export type KeyEncoding = 'pkcs8' | 'pkcs1' | 'sec1';

/** RFC 5652, 4: every content type of CMS begins so. */
const PKCS7 = '1.2.840.113549.1.7.';

/** RFC 8017, A.1.2: version and eight numbers; a ninth list for keys of many primes. */
const RSA_PARTS = 9;

export function derKindOf(element: BerElement): DerKind | undefined {
  const parts = partsOf(element);
  const [first, second, third] = parts;
  if (first === undefined || second === undefined) return undefined;
  if (oidOf(first)?.startsWith(PKCS7) === true && second.tag === contextTag(0)) return 'pkcs7';
  if (countOf(first) === 3 && second.tag === TAG.sequence && oidOf(partsOf(second)[0])?.startsWith(PKCS7) === true) {
    return 'pkcs12';
  }
  if (keyEncodingOf(parts) !== undefined) return 'key';
  if (first.tag !== TAG.sequence) return undefined;
  if (oidOf(partsOf(first)[0]) !== undefined && parts.length === 2) {
    if (second.tag === TAG.octetString) return 'encrypted-key';
    if (second.tag === TAG.bitString) return 'public-key';
  }
  return third?.tag === TAG.bitString && second.tag === TAG.sequence ? signedKindOf(partsOf(first)) : undefined;
}

/** Undefined: no private key. */
export function keyEncodingOf(parts: readonly BerElement[]): KeyEncoding | undefined {
  const [version, second, third] = parts;
  const number = countOf(version);
  if (number === undefined || number > 1) return undefined;
  if (second?.tag === TAG.sequence && third?.tag === TAG.octetString) return 'pkcs8';
  if (number === 1 && second?.tag === TAG.octetString) return 'sec1';
  const isRsa = parts.length >= RSA_PARTS && parts.slice(0, RSA_PARTS).every(({ tag }) => tag === TAG.integer);
  return isRsa ? 'pkcs1' : undefined;
}

export function partsOf(element: BerElement): readonly BerElement[] {
  return element.tag === TAG.sequence ? (childrenOf(element) ?? []) : [];
}

/** Of what an issuer or an applicant signed: RFC 5280, 4.1 and 5.1, RFC 2986, 4.1. */
function signedKindOf(signed: readonly BerElement[]): DerKind | undefined {
  const tags = signed.map(({ tag }) => tag);
  const numbered = tags[0] === contextTag(0) ? tags.slice(1) : tags;
  const { integer, sequence } = TAG;
  if (startsWith(numbered, [integer, sequence, sequence, sequence, sequence, sequence])) return 'certificate';
  if (
    startsWith(numbered, [integer, sequence, sequence, contextTag(0)]) ||
    same(numbered, [integer, sequence, sequence])
  ) {
    return 'request';
  }
  const dated = tags[0] === integer ? tags.slice(1) : tags;
  return startsWith(dated, [sequence, sequence]) && TIMES.includes(dated[2] ?? 0) ? 'revocation-list' : undefined;
}

/** UTCTime and GeneralizedTime. */
const TIMES: readonly number[] = [0x17, 0x18];

function startsWith(tags: readonly number[], wanted: readonly number[]): boolean {
  return wanted.every((tag, index) => tags[index] === tag);
}

function same(tags: readonly number[], wanted: readonly number[]): boolean {
  return tags.length === wanted.length && startsWith(tags, wanted);
}
