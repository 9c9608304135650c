// Private keys behind a password: PKCS#8 (RFC 5958, 3), and the headers that OpenSSL put into PEM before it.

import { hash } from 'node:crypto';
import { type BerElement, octetsOf, readElement } from './ber-element.ts';
import { type BlockCipher, decryptCbc, ivBytesOf, keyBytesOf } from './block-cipher.ts';
import { partsOf } from './der-kind.ts';
import { keyOf } from './gathered-material.ts';
import { readPasswordScheme } from './password-scheme.ts';
import type { PemBlock } from './pem-blocks.ts';
import { MAX_KEY_BYTES } from './upload-limits.ts';
import { notReadable } from './upload-problems.ts';
import { openWith, type Password, passwordsToTry, type UploadReading } from './upload-reading.ts';

/** `passwords`: to be tried in this order. @default - those given, then the empty one */
export async function readEncryptedKey(
  element: BerElement,
  {
    from,
    reading,
    passwords,
  }: { readonly from: string; readonly reading: UploadReading; readonly passwords?: readonly Password[] },
): Promise<void> {
  const [algorithm, sealed] = partsOf(element);
  const octets = octetsOf(sealed);
  const scheme = algorithm === undefined ? 'nothing known' : readPasswordScheme(algorithm);
  if (octets === undefined || typeof scheme === 'string') {
    throw notReadable(from, `is a private key encrypted with ${scheme}`, 'export it anew with AES-256');
  }
  if (octets.length > MAX_KEY_BYTES) throw notReadable(from, `is a private key of ${octets.length} bytes`);
  const tried = passwords ?? passwordsToTry(reading.passwords, { withNone: false });
  const candidates = scheme.tellsNoneFromEmpty ? tried : [...new Set(tried.map((password) => password ?? ''))];
  const key = await openWith(candidates, { from, passwords: reading.passwords }, async (password) =>
    keyElement(await scheme.decrypt(octets, password, reading.work)),
  );
  if (scheme.isOutdated) remarkOutdated(reading, from, scheme.name);
  reading.material.addKey(key, from);
}

export function remarkOutdated({ material }: UploadReading, from: string, name: string): void {
  material.remark('encryption-outdated', from, `encrypted with ${name}, which is outdated; use AES-256 next time`);
}

const LEGACY_CIPHERS: Readonly<Record<string, BlockCipher>> = {
  'DES-CBC': { name: 'des-cbc' },
  'DES-EDE3-CBC': { name: 'des-ede3-cbc' },
  'AES-128-CBC': { name: 'aes-128-cbc' },
  'AES-192-CBC': { name: 'aes-192-cbc' },
  'AES-256-CBC': { name: 'aes-256-cbc' },
};

/** A block with `Proc-Type: 4,ENCRYPTED` (RFC 1421, 4.6.1.1) as OpenSSL reads it: one round of MD5, salted with the IV. */
export async function readLegacyKey(block: PemBlock, from: string, reading: UploadReading): Promise<void> {
  const [, name = '', hex = ''] = /^([A-Z0-9-]{1,20}),([0-9A-Fa-f]{1,64})$/.exec(block.headers['dek-info'] ?? '') ?? [];
  const cipher = Object.hasOwn(LEGACY_CIPHERS, name) ? LEGACY_CIPHERS[name] : undefined;
  const iv = Buffer.from(hex, 'hex');
  if (cipher === undefined || iv.length !== ivBytesOf(cipher)) {
    throw notReadable(
      from,
      'is a private key whose header DEK-Info names no known cipher',
      'export it anew with AES-256',
    );
  }
  const candidates = passwordsToTry(reading.passwords, { withNone: false });
  const key = await openWith(candidates, { from, passwords: reading.passwords }, async (password) =>
    keyElement(
      await decryptCbc(cipher, block.octets, {
        key: legacyKey(password ?? '', iv, keyBytesOf(cipher)),
        iv,
        work: reading.work,
      }),
    ),
  );
  remarkOutdated(reading, from, `${name} the way of old PEM files`);
  reading.material.addKey(key, from);
}

/** OpenSSL's EVP_BytesToKey: each hash over the one before, the password and eight octets of salt. */
function legacyKey(password: string, iv: Buffer, length: number): Buffer {
  const salted = Buffer.concat([Buffer.from(password, 'utf8'), iv.subarray(0, 8)]);
  let last = Buffer.alloc(0);
  let derived = Buffer.alloc(0);
  while (derived.length < length) {
    last = Buffer.from(hash('md5', Buffer.concat([last, salted]), 'buffer'));
    derived = Buffer.concat([derived, last]);
  }
  return derived.subarray(0, length);
}

/** Undefined: what came out is no key, so the password was wrong. */
function keyElement(octets: Uint8Array | undefined): BerElement | undefined {
  const element = octets === undefined ? undefined : readElement(octets);
  return element === undefined || keyOf(element) === undefined ? undefined : element;
}
