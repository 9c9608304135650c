// The old password encryptions: those of PKCS#12 (RFC 7292, appendix C) and of PKCS#5 version 1 (RFC 8018, A.3).

import { hash } from 'node:crypto';
import { type BerElement, countOf, octetsOf } from './ber-element.ts';
import { type BlockCipher, decryptCbc, ivBytesOf, keyBytesOf } from './block-cipher.ts';
import { partsOf } from './der-kind.ts';
import { type KeyWork, TooMuchWork } from './key-work.ts';
import type { PasswordScheme } from './password-scheme.ts';
import { derivePkcs12, PURPOSE } from './pkcs12-kdf.ts';

interface NamedCipher {
  readonly name: string;
  readonly cipher: BlockCipher;
}

const PKCS12_SCHEMES: Readonly<Record<string, NamedCipher>> = {
  '1.2.840.113549.1.12.1.3': { name: '3DES', cipher: { name: 'des-ede3-cbc' } },
  '1.2.840.113549.1.12.1.4': { name: '3DES with two keys', cipher: { name: 'des-ede-cbc' } },
  '1.2.840.113549.1.12.1.5': { name: 'RC2-128', cipher: { name: 'rc2-cbc', bits: 128, keyBytes: 16 } },
  '1.2.840.113549.1.12.1.6': { name: 'RC2-40', cipher: { name: 'rc2-cbc', bits: 40, keyBytes: 5 } },
};

const PKCS5_SCHEMES: Readonly<Record<string, NamedCipher & { readonly hash: 'md5' | 'sha1' }>> = {
  '1.2.840.113549.1.5.3': { name: 'DES and MD5', hash: 'md5', cipher: { name: 'des-cbc' } },
  '1.2.840.113549.1.5.6': { name: 'RC2-64 and MD5', hash: 'md5', cipher: { name: 'rc2-cbc', bits: 64, keyBytes: 8 } },
  '1.2.840.113549.1.5.10': { name: 'DES and SHA-1', hash: 'sha1', cipher: { name: 'des-cbc' } },
  '1.2.840.113549.1.5.11': {
    name: 'RC2-64 and SHA-1',
    hash: 'sha1',
    cipher: { name: 'rc2-cbc', bits: 64, keyBytes: 8 },
  },
};

/** Undefined: another algorithm, or parameters that do not fit it. */
export function readPbes1(oid: string, parameters: BerElement): PasswordScheme | undefined {
  const [first, second] = partsOf(parameters);
  const salt = octetsOf(first);
  const rounds = countOf(second);
  if (salt === undefined || rounds === undefined || rounds < 1) return undefined;
  const ofPkcs12 = PKCS12_SCHEMES[oid];
  if (ofPkcs12 !== undefined) return pkcs12Scheme(ofPkcs12, { salt, rounds });
  const ofPkcs5 = PKCS5_SCHEMES[oid];
  return ofPkcs5 === undefined ? undefined : pkcs5Scheme(ofPkcs5, { salt, rounds });
}

interface Salted {
  readonly salt: Uint8Array;
  readonly rounds: number;
}

function pkcs12Scheme({ name, cipher }: NamedCipher, salted: Salted): PasswordScheme {
  return {
    name,
    isOutdated: true,
    tellsNoneFromEmpty: true,
    decrypt: async (octets, password, work) => {
      const wanted = { ...salted, hash: 'sha1', password } as const;
      const key = await derivePkcs12({ ...wanted, purpose: PURPOSE.key, length: keyBytesOf(cipher) }, work);
      const iv = await derivePkcs12({ ...wanted, purpose: PURPOSE.iv, length: ivBytesOf(cipher) }, work);
      return decryptCbc(cipher, octets, { key, iv, work });
    },
  };
}

function pkcs5Scheme(scheme: NamedCipher & { readonly hash: 'md5' | 'sha1' }, salted: Salted): PasswordScheme {
  return {
    name: scheme.name,
    isOutdated: true,
    tellsNoneFromEmpty: false,
    decrypt: async (octets, password, work) => {
      const derived = derivePbkdf1(scheme.hash, password ?? '', salted, work);
      return decryptCbc(scheme.cipher, octets, { key: derived.subarray(0, 8), iv: derived.subarray(8, 16), work });
    },
  };
}

/** RFC 8018, 5.1; a round costs a microsecond. */
function derivePbkdf1(name: 'md5' | 'sha1', password: string, { salt, rounds }: Salted, work: KeyWork): Buffer {
  if (!work.spend(rounds)) throw new TooMuchWork();
  let last: Buffer = Buffer.concat([Buffer.from(password, 'utf8'), salt]);
  for (let round = 0; round < rounds; round += 1) last = hash(name, last, 'buffer');
  return last;
}
