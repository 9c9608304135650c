// Reads DER (X.690) as far as certificates need it: hostile bytes end in a `DerFault`, never in a loop or an overrun.

/** Tags as they stand in the bytes, of what X.509 is made of. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface DerElement {
  readonly tag: number;
  /** Header and content. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

export class DerFault extends Error {}

/** The one element these bytes are. */
export function readDer(bytes: Uint8Array): DerElement {
  const { element, end } = elementAt(bytes, 0);
  if (end !== bytes.length) throw new DerFault('bytes follow the element');
  return element;
}

/** What a constructed element holds, at most a thousand of it unless told otherwise. */
export function readChildren(
  { content }: Pick<DerElement, 'content'>,
  most: number = MAX_CHILDREN,
): readonly DerElement[] {
  const children: DerElement[] = [];
  for (let at = 0; at < content.length; ) {
    if (children.length === most) throw new DerFault('too many elements in one');
    const { element, end } = elementAt(content, at);
    children.push(element);
    at = end;
  }
  return children;
}

const MAX_CHILDREN = 1_000;

function elementAt(bytes: Uint8Array, at: number): { readonly element: DerElement; readonly end: number } {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new DerFault('ends in the middle of an element');
  if ((tag & 0x1f) === 0x1f) throw new DerFault('a tag of several bytes');
  let begin = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerFault('a length that DER does not know');
    length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[begin + i] ?? 0);
    begin += count;
  }
  const end = begin + length;
  if (end > bytes.length) throw new DerFault('an element longer than what holds it');
  return { element: { tag, bytes: bytes.subarray(at, end), content: bytes.subarray(begin, end) }, end };
}

/** Dotted, like `2.5.29.17`. */
export function readOid({ tag, content }: DerElement): string {
  if (tag !== TAG.oid || content.length === 0 || content.length > 40) throw new DerFault('no object identifier');
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    parts.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = parts;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}

/** Small and not negative. */
export function readSmallInteger({ tag, content }: DerElement): number {
  if (tag !== TAG.integer || content.length === 0 || content.length > 4) throw new DerFault('no small number');
  return content.reduce((value, byte) => value * 256 + byte, 0);
}

/** Which bits of a BIT STRING are set, the first being 0. */
export function readBits({ tag, content }: DerElement): ReadonlySet<number> {
  if (tag !== TAG.bitString || content.length === 0) throw new DerFault('no bit string');
  const bits = new Set<number>();
  content.subarray(1, 5).forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit += 1) if (byte & (0x80 >> bit)) bits.add(i * 8 + bit);
  });
  return bits;
}
