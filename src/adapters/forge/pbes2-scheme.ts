// Password encryption of PKCS#5 version 2 (RFC 8018, 6.2): PBKDF2 or scrypt, then a block cipher.

import { pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type BerElement, countOf, octetsOf, oidOf, TAG } from './ber-element.ts';
import { type BlockCipher, decryptCbc, isOutdated, keyBytesOf } from './block-cipher.ts';
import { partsOf } from './der-kind.ts';
import { type KeyWork, TooMuchWork } from './key-work.ts';
import type { PasswordScheme } from './password-scheme.ts';

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';
const RC2_CBC = '1.2.840.113549.3.2';

const CIPHERS: Readonly<Record<string, BlockCipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc' },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc' },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc' },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc' },
  '1.3.14.3.2.7': { name: 'des-cbc' },
};

/** RC2ParameterVersion (RFC 8018, B.2.3) to bits that count. */
const RC2_BITS: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 };

/** The hash of each HMAC, and the size of its answer in octets. */
const HMACS: Readonly<Record<string, { readonly hash: string; readonly answer: number }>> = {
  '1.2.840.113549.2.7': { hash: 'sha1', answer: 20 },
  '1.2.840.113549.2.8': { hash: 'sha224', answer: 28 },
  '1.2.840.113549.2.9': { hash: 'sha256', answer: 32 },
  '1.2.840.113549.2.10': { hash: 'sha384', answer: 48 },
  '1.2.840.113549.2.11': { hash: 'sha512', answer: 64 },
};

/** Of PBKDF2: what OWASP asked for in 2023 (600,000), and some more. */
const MAX_ROUNDS = 1_000_000;

/** Of one round and block of PBKDF2, measured: 0.14 with a hash of up to 32 octets, 0.43 with a longer one. */
const PBKDF2_MICROSECONDS = { short: 0.15, long: 0.45 } as const;

/** Of scrypt, for one unit of N·r·p: 40 ms for the usual 16384·8·1. */
const SCRYPT_MICROSECONDS = 0.35;

/** Memory scrypt may take (128·N·r), in bytes: twice the usual. */
const MAX_SCRYPT_BYTES = 32 * 1024 * 1024;

/** Turns a password into octets; throws `TooMuchWork` before it would take too long. */
export type DeriveKey = (password: string, length: number, work: KeyWork) => Promise<Buffer>;

/** Undefined: another algorithm, or parameters that do not fit it. */
export function readPbes2(oid: string, parameters: BerElement): PasswordScheme | undefined {
  if (oid !== PBES2) return undefined;
  const [derivation, encryption] = partsOf(parameters);
  const derive = derivation === undefined ? undefined : readDerivation(derivation);
  const sealed = encryption === undefined ? undefined : readCipher(encryption);
  if (derive === undefined || sealed === undefined) return undefined;
  const { cipher, iv } = sealed;
  return {
    name: cipher.name,
    isOutdated: isOutdated(cipher),
    tellsNoneFromEmpty: false,
    decrypt: async (octets, password, work) =>
      decryptCbc(cipher, octets, { key: await derive(password ?? '', keyBytesOf(cipher), work), iv, work }),
  };
}

/** Of a KDF's AlgorithmIdentifier; PBMAC1 has one as well. */
export function readDerivation(algorithm: BerElement): DeriveKey | undefined {
  const [id, parameters] = partsOf(algorithm);
  if (parameters === undefined) return undefined;
  const oid = oidOf(id);
  if (oid === PBKDF2) return readPbkdf2(partsOf(parameters));
  return oid === SCRYPT ? readScrypt(partsOf(parameters)) : undefined;
}

/** The hash an HMAC is made with, by its object identifier. */
export function hmacOf(
  algorithm: BerElement | undefined,
): { readonly hash: string; readonly answer: number } | undefined {
  const [id] = algorithm === undefined ? [] : partsOf(algorithm);
  return HMACS[oidOf(id) ?? ''];
}

function readPbkdf2([first, second, ...rest]: readonly BerElement[]): DeriveKey | undefined {
  const salt = octetsOf(first);
  const rounds = countOf(second);
  const algorithm = rest.find(({ tag }) => tag === TAG.sequence);
  const hmac = algorithm === undefined ? { hash: 'sha1', answer: 20 } : hmacOf(algorithm);
  if (salt === undefined || rounds === undefined || rounds < 1 || hmac === undefined) return undefined;
  return async (password, length, work) => {
    const ofOne = hmac.answer > 32 ? PBKDF2_MICROSECONDS.long : PBKDF2_MICROSECONDS.short;
    if (rounds > MAX_ROUNDS || !work.spend(Math.ceil(length / hmac.answer) * rounds * ofOne)) throw new TooMuchWork();
    return promisify(pbkdf2)(password, salt, rounds, length, hmac.hash);
  };
}

/** RFC 7914, 7.1. */
function readScrypt([first, ...numbers]: readonly BerElement[]): DeriveKey | undefined {
  const salt = octetsOf(first);
  const [cost = 0, blockSize = 0, parallelization = 0] = numbers.map((number) => countOf(number) ?? 0);
  const isPower = cost > 1 && Number.isInteger(Math.log2(cost));
  if (salt === undefined || !isPower || blockSize < 1 || parallelization < 1) return undefined;
  return async (password, length, work) => {
    const fits = 128 * cost * blockSize <= MAX_SCRYPT_BYTES && 128 * blockSize * parallelization <= MAX_SCRYPT_BYTES;
    if (!fits || !work.spend(cost * blockSize * parallelization * SCRYPT_MICROSECONDS)) throw new TooMuchWork();
    return runScrypt({ password, salt, length, cost, blockSize, parallelization });
  };
}

function runScrypt(wanted: {
  readonly password: string;
  readonly salt: Uint8Array;
  readonly length: number;
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}): Promise<Buffer> {
  const { cost, blockSize, parallelization } = wanted;
  const options = { cost, blockSize, parallelization, maxmem: 4 * MAX_SCRYPT_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(wanted.password, wanted.salt, wanted.length, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function readCipher(algorithm: BerElement): { readonly cipher: BlockCipher; readonly iv: Uint8Array } | undefined {
  const [id, parameters] = partsOf(algorithm);
  const oid = oidOf(id) ?? '';
  const cipher = oid === RC2_CBC ? readRc2(parameters) : CIPHERS[oid];
  const iv = oid === RC2_CBC && parameters !== undefined ? octetsOf(partsOf(parameters).at(-1)) : octetsOf(parameters);
  return cipher === undefined || iv === undefined ? undefined : { cipher, iv };
}

/** The length of the key is told elsewhere in PBKDF2; everybody who used RC2 here took as many octets as bits count. */
function readRc2(parameters: BerElement | undefined): BlockCipher | undefined {
  const [version] = parameters === undefined ? [] : partsOf(parameters);
  const bits = RC2_BITS[countOf(version) ?? 0];
  return bits === undefined ? undefined : { name: 'rc2-cbc', bits, keyBytes: bits / 8 };
}
