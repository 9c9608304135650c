// The MAC of a PKCS#12 file (RFC 7292, 4 and RFC 9579), which tells the right password before anything is decrypted.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { type BerElement, countOf, octetsOf, oidOf } from './ber-element.ts';
import { partsOf } from './der-kind.ts';
import type { KeyWork } from './key-work.ts';
import { hmacOf, readDerivation } from './pbes2-scheme.ts';
import { derivePkcs12, HASH_MICROSECONDS, type Pkcs12Hash, PURPOSE } from './pkcs12-kdf.ts';
import { MAX_KEY_WORK } from './upload-limits.ts';
import type { Password } from './upload-reading.ts';

export interface Pkcs12Mac {
  /** Whether one try takes so much of the time there is that decrypting must tell the right password instead. */
  readonly isTooSlow: boolean;
  /** Whether no password and the empty one give different keys. */
  readonly tellsNoneFromEmpty: boolean;
  /** Whether this is the password the octets were sealed with. Throws `TooMuchWork` before it would take too long. */
  readonly fits: (octets: Uint8Array, password: Password, work: KeyWork) => Promise<boolean>;
}

/** Of one try, in microseconds: Java's 100,000 rounds pass; the 600,000 of Firefox and GnuTLS would leave nothing for the rest. */
const MAX_MAC_WORK = MAX_KEY_WORK / 5;

const PBMAC1 = '1.2.840.113549.1.5.14';

const HASHES: Readonly<Record<string, { readonly hash: Pkcs12Hash; readonly answer: number }>> = {
  '1.2.840.113549.2.5': { hash: 'md5', answer: 16 },
  '1.3.14.3.2.26': { hash: 'sha1', answer: 20 },
  '2.16.840.1.101.3.4.2.4': { hash: 'sha224', answer: 28 },
  '2.16.840.1.101.3.4.2.1': { hash: 'sha256', answer: 32 },
  '2.16.840.1.101.3.4.2.2': { hash: 'sha384', answer: 48 },
  '2.16.840.1.101.3.4.2.3': { hash: 'sha512', answer: 64 },
};

/** Of a `MacData`; undefined: damaged, or an algorithm that is not known here. */
export function readPkcs12Mac(macData: BerElement): Pkcs12Mac | undefined {
  const [info, saltElement, roundsElement] = partsOf(macData);
  const [algorithm, digestElement] = info === undefined ? [] : partsOf(info);
  const [id, parameters] = algorithm === undefined ? [] : partsOf(algorithm);
  const digest = octetsOf(digestElement);
  const salt = octetsOf(saltElement);
  const rounds = roundsElement === undefined ? 1 : countOf(roundsElement);
  const oid = oidOf(id) ?? '';
  if (digest === undefined || salt === undefined) return undefined;
  if (oid === PBMAC1) return readPbmac1(parameters, digest);
  const known = HASHES[oid];
  if (known === undefined || rounds === undefined || rounds < 1) return undefined;
  return {
    isTooSlow: Math.ceil(rounds * HASH_MICROSECONDS) > MAX_MAC_WORK,
    tellsNoneFromEmpty: true,
    fits: async (octets, password, work) => {
      const wanted = { hash: known.hash, purpose: PURPOSE.mac, password, salt, rounds, length: known.answer };
      return isMac(await derivePkcs12(wanted, work), { hash: known.hash, octets, digest });
    },
  };
}

/** RFC 9579, 2: PBKDF2 says how long the key is; it is as long as the answer of the HMAC in all that is made. */
function readPbmac1(parameters: BerElement | undefined, digest: Uint8Array): Pkcs12Mac | undefined {
  const [derivation, scheme] = parameters === undefined ? [] : partsOf(parameters);
  const derive = derivation === undefined ? undefined : readDerivation(derivation);
  const hmac = hmacOf(scheme);
  if (derive === undefined || hmac === undefined) return undefined;
  return {
    isTooSlow: false,
    tellsNoneFromEmpty: false,
    fits: async (octets, password, work) =>
      isMac(await derive(password ?? '', hmac.answer, work), { hash: hmac.hash, octets, digest }),
  };
}

function isMac(
  key: Buffer,
  { hash, octets, digest }: { readonly hash: string; readonly octets: Uint8Array; readonly digest: Uint8Array },
): boolean {
  const made = createHmac(hash, key).update(octets).digest();
  return made.length === digest.length && timingSafeEqual(made, digest);
}
