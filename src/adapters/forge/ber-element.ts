// One element of BER (X.690) with the very bytes it stands in: what was signed must not be written anew.

import { MAX_DEPTH } from './upload-limits.ts';

/** node-forge's reader keeps no bytes and writes them anew, which breaks the signature of a certificate that is not quite DER. */
export interface BerElement {
  /** First identifier octet: class, constructed bit, number. */
  readonly tag: number;
  /** The whole element as it stands in the file. */
  readonly raw: Uint8Array;
  /** Between length and end. */
  readonly content: Uint8Array;
}

export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Of the class "context-specific", as `[0]` in a definition. */
export function contextTag(number: number, form: 'constructed' | 'primitive' = 'constructed'): number {
  return (form === 'constructed' ? 0xa0 : 0x80) + number;
}

const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;
const INDEFINITE = 0x80;

/** Elements of one level, or stepped over in search of one end; more is nothing that a certificate file has. */
const MAX_CHILDREN = 10_000;

/** The element at the start of the bytes; undefined: there is none, or it does not end within them. What follows it is left alone. */
export function readElement(bytes: Uint8Array): BerElement | undefined {
  return readWithin(bytes, 0, { left: MAX_CHILDREN });
}

function readWithin(bytes: Uint8Array, depth: number, steps: { left: number }): BerElement | undefined {
  const [tag, first] = bytes;
  steps.left -= 1;
  if (tag === undefined || first === undefined || depth > MAX_DEPTH || steps.left < 0) return undefined;
  if (tag === 0 || (tag & LONG_TAG) === LONG_TAG) return undefined;
  if (first === INDEFINITE) return readIndefinite(bytes, { tag, depth, steps });
  const header = first < INDEFINITE ? 2 : 2 + (first & 0x7f);
  const length = first < INDEFINITE ? first : readLength(bytes, header);
  if (length === undefined || header + length > bytes.length) return undefined;
  return { tag, raw: bytes.subarray(0, header + length), content: bytes.subarray(header, header + length) };
}

/** The elements of a constructed one, in order; undefined: it is none, or they do not fill it exactly. */
export function childrenOf({ tag, content }: BerElement): readonly BerElement[] | undefined {
  if ((tag & CONSTRUCTED) === 0) return undefined;
  const children: BerElement[] = [];
  let at = 0;
  while (at < content.length) {
    const child = readElement(content.subarray(at));
    if (child === undefined || children.length === MAX_CHILDREN) return undefined;
    children.push(child);
    at += child.raw.length;
  }
  return children;
}

/** Octets of a string, in one piece or in many as streaming encoders write them; `tag` where the string is tagged implicitly. */
export function octetsOf(element: BerElement | undefined, tag: number = TAG.octetString): Uint8Array | undefined {
  if (element === undefined || (element.tag & ~CONSTRUCTED) !== tag) return undefined;
  return gatherOctets(element, 0);
}

function gatherOctets(element: BerElement, depth: number): Uint8Array | undefined {
  if ((element.tag & CONSTRUCTED) === 0) return element.content;
  if (depth > MAX_DEPTH) return undefined;
  const pieces = childrenOf(element)?.map((piece) =>
    (piece.tag & ~CONSTRUCTED) === TAG.octetString ? gatherOctets(piece, depth + 1) : undefined,
  );
  if (pieces === undefined || pieces.includes(undefined)) return undefined;
  return Buffer.concat(pieces as Uint8Array[]);
}

/** An object identifier as people write it, `1.2.840.113549.1.7.2`; undefined: it is none. */
export function oidOf(element: BerElement | undefined): string | undefined {
  if (element?.tag !== TAG.oid || element.content.length === 0 || element.content.length > 30) return undefined;
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of element.content) {
    arc = arc * 128n + BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [joined = 0n, ...rest] = arcs;
  const top = joined < 80n ? joined / 40n : 2n;
  return [top, joined - top * 40n, ...rest].join('.');
}

/** A whole number from 0 on that a program can count to; undefined: it is none. */
export function countOf(element: BerElement | undefined): number | undefined {
  if (element?.tag !== TAG.integer || element.content.length === 0 || element.content.length > 7) return undefined;
  const [first = 0] = element.content;
  if (first >= 0x80) return undefined;
  const count = element.content.reduce((sum, octet) => sum * 256 + octet, 0);
  return Number.isSafeInteger(count) ? count : undefined;
}

function readLength(bytes: Uint8Array, header: number): number | undefined {
  if (header > bytes.length || header > 2 + 4) return undefined;
  return bytes.subarray(2, header).reduce((sum, octet) => sum * 256 + octet, 0);
}

/** X.690, 8.1.3.6: elements until two zero octets. */
function readIndefinite(
  bytes: Uint8Array,
  { tag, depth, steps }: { readonly tag: number; readonly depth: number; readonly steps: { left: number } },
): BerElement | undefined {
  if ((tag & CONSTRUCTED) === 0) return undefined;
  let at = 2;
  while (bytes[at] !== 0 || bytes[at + 1] !== 0) {
    const child = readWithin(bytes.subarray(at), depth + 1, steps);
    if (child === undefined) return undefined;
    at += child.raw.length;
  }
  return { tag, raw: bytes.subarray(0, at + 2), content: bytes.subarray(2, at) };
}
