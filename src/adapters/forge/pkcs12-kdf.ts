// Key derivation of PKCS#12 (RFC 7292, B.2) over the hashes of node:crypto, a good ten times faster than in JavaScript alone.

import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type KeyWork, TooMuchWork } from './key-work.ts';

/** What the octets are for (B.3). */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

export type Pkcs12Hash = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

export interface Pkcs12Derivation {
  readonly hash: Pkcs12Hash;
  readonly purpose: (typeof PURPOSE)[keyof typeof PURPOSE];
  /** Undefined is no password at all, which is another one than the empty text. */
  readonly password: string | undefined;
  readonly salt: Uint8Array;
  readonly rounds: number;
  /** Octets wanted. */
  readonly length: number;
}

/** Size of the answer and of the blocks of each hash, in octets. */
const SIZES: Readonly<Record<Pkcs12Hash, { readonly answer: number; readonly block: number }>> = {
  md5: { answer: 16, block: 64 },
  sha1: { answer: 20, block: 64 },
  sha224: { answer: 28, block: 64 },
  sha256: { answer: 32, block: 64 },
  sha384: { answer: 48, block: 128 },
  sha512: { answer: 64, block: 128 },
};

/** Of one hash, measured: 1.0 for SHA-1 and SHA-256, 1.1 for SHA-512. */
export const HASH_MICROSECONDS = 1;

/** Others get their turn after so many hashes, about 10 ms. */
const HASHES_AT_ONCE = 10_000;

/** Throws `TooMuchWork` before it begins. */
export async function derivePkcs12(wanted: Pkcs12Derivation, work: KeyWork): Promise<Buffer> {
  const { answer, block } = SIZES[wanted.hash];
  const turns = Math.ceil(wanted.length / answer);
  if (!work.spend(turns * wanted.rounds * HASH_MICROSECONDS)) throw new TooMuchWork();
  const filled = Buffer.concat([repeated(wanted.salt, block), repeated(bmpOf(wanted.password), block)]);
  const answers: Buffer[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const last = await hashOften(wanted, Buffer.concat([Buffer.alloc(block, wanted.purpose), filled]));
    answers.push(last);
    addToEach(filled, repeated(last, block).subarray(0, block));
  }
  return Buffer.concat(answers).subarray(0, wanted.length);
}

async function hashOften({ hash: name, rounds }: Pkcs12Derivation, start: Buffer): Promise<Buffer> {
  let last = start;
  for (let round = 0; round < rounds; round += 1) {
    if (round % HASHES_AT_ONCE === HASHES_AT_ONCE - 1) await setImmediate();
    last = hash(name, last, 'buffer');
  }
  return last;
}

/** UTF-16, big end first, with a final zero (B.1); of no password nothing. */
function bmpOf(password: string | undefined): Buffer {
  return password === undefined ? Buffer.alloc(0) : Buffer.from(`${password}\0`, 'utf16le').swap16();
}

/** Copies, the last one cut, until whole blocks are full; nothing of nothing. */
function repeated(octets: Uint8Array, block: number): Buffer {
  const length = Math.ceil(octets.length / block) * block;
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, octets);
}

/** Each block becomes (block + addend + 1) modulo its size, in place. */
function addToEach(blocks: Buffer, addend: Buffer): void {
  for (let start = 0; start < blocks.length; start += addend.length) {
    let carry = 1;
    for (let index = addend.length - 1; index >= 0; index -= 1) {
      carry += (blocks[start + index] ?? 0) + (addend[index] ?? 0);
      blocks[start + index] = carry & 0xff;
      carry >>= 8;
    }
  }
}
