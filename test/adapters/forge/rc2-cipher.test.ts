// RC2 in pieces gives what RC2 in one piece gives.

import forge from 'node-forge';
import { expect, it } from 'vitest';
import { decryptRc2 } from '../../../src/adapters/forge/rc2-cipher.ts';

const key = Buffer.from('0102030405', 'hex');
const iv = Buffer.from('08090a0b0c0d0e0f', 'hex');

it.each([0, 1, 7, 8, 4_087, 4_088, 4_096, 10_000])('decrypts %i octets', async (length) => {
  const octets = Buffer.alloc(length, 'RFC 2268, ');
  expect(await decryptRc2(encrypt(octets), { key, iv, bits: 40 })).toEqual(octets);
});

it('is undefined with another key', async () => {
  const sealed = encrypt(Buffer.alloc(100));
  expect(await decryptRc2(sealed, { key: Buffer.from('0102030406', 'hex'), iv, bits: 40 })).toBeUndefined();
});

function encrypt(octets: Buffer): Buffer {
  const cipher = forge.rc2.createEncryptionCipher(key.toString('binary'), 40);
  cipher.start(iv.toString('binary'));
  cipher.update(forge.util.createBuffer(octets.toString('binary')));
  cipher.finish();
  return Buffer.from(cipher.output.getBytes(), 'binary');
}
