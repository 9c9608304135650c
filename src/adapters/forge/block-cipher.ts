// The block ciphers that keys and certificates are encrypted with, all in CBC mode with PKCS#7 padding.

import { createDecipheriv } from 'node:crypto';
import { type KeyWork, TooMuchWork } from './key-work.ts';
import { decryptRc2 } from './rc2-cipher.ts';

/** `bits` of RC2: how many of the key count, which is not its length (RFC 2268, 2). */
export type BlockCipher =
  | { readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' | 'des-ede-cbc' | 'des-cbc' }
  | { readonly name: 'rc2-cbc'; readonly bits: number; readonly keyBytes: number };

const KEY_BYTES = {
  'aes-128-cbc': 16,
  'aes-192-cbc': 24,
  'aes-256-cbc': 32,
  'des-ede3-cbc': 24,
  'des-ede-cbc': 16,
  'des-cbc': 8,
} as const;

export function keyBytesOf(cipher: BlockCipher): number {
  return cipher.name === 'rc2-cbc' ? cipher.keyBytes : KEY_BYTES[cipher.name];
}

export function ivBytesOf({ name }: BlockCipher): number {
  return name.startsWith('aes-') ? 16 : 8;
}

/** Whatever is not AES: no longer thought safe, whatever the password. */
export function isOutdated({ name }: BlockCipher): boolean {
  return !name.startsWith('aes-');
}

/** Of one octet, measured: RC2 in JavaScript, the others in OpenSSL. */
const OCTET_MICROSECONDS = { rc2: 0.3, others: 0.04 } as const;

/** Undefined: wrong key, or damaged; a right answer is certain only once it parses. Throws `TooMuchWork` before it would take too long. */
export async function decryptCbc(
  cipher: BlockCipher,
  octets: Uint8Array,
  { key, iv, work }: { readonly key: Buffer; readonly iv: Uint8Array; readonly work: KeyWork },
): Promise<Buffer | undefined> {
  const size = ivBytesOf(cipher);
  if (iv.length !== size || octets.length === 0 || octets.length % size !== 0) return undefined;
  const ofOne = cipher.name === 'rc2-cbc' ? OCTET_MICROSECONDS.rc2 : OCTET_MICROSECONDS.others;
  if (!work.spend(octets.length * ofOne)) throw new TooMuchWork();
  if (cipher.name === 'rc2-cbc') return decryptRc2(octets, { key, iv, bits: cipher.bits });
  try {
    const decipher = createDecipheriv(...nodeCipher(cipher.name, key), iv);
    return Buffer.concat([decipher.update(octets), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** DES is 3DES with one key three times over, and with two keys the first one twice; OpenSSL 3 has only 3DES. */
function nodeCipher(name: keyof typeof KEY_BYTES, key: Buffer): [string, Buffer] {
  if (name === 'des-cbc') return ['des-ede3-cbc', Buffer.concat([key, key, key])];
  if (name === 'des-ede-cbc') return ['des-ede3-cbc', Buffer.concat([key, key.subarray(0, 8)])];
  return [name, key];
}
