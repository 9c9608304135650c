// PKCS#12 (RFC 7292): bags of keys and certificates, sealed and encrypted with a password.

import { type BerElement, childrenOf, contextTag, octetsOf, oidOf, readElement, TAG } from './ber-element.ts';
import { partsOf } from './der-kind.ts';
import { readEncryptedKey, remarkOutdated } from './encrypted-keys.ts';
import { readPasswordScheme } from './password-scheme.ts';
import { readPkcs12Mac } from './pkcs12-mac.ts';
import { notReadable } from './upload-problems.ts';
import { openWith, type Password, passwordsToTry, type UploadReading } from './upload-reading.ts';

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const BAG = '1.2.840.113549.1.12.10.1.';

/** Last arc of a bag's type (RFC 7292, 4.2). */
const BAGS = {
  key: '1',
  shroudedKey: '2',
  certificate: '3',
  revocationList: '4',
  secret: '5',
  safeContents: '6',
} as const;

/**
 * Walked here and not by node-forge, which makes no keys of EC and computes any number of rounds it is asked for.
 *
 * One file being opened: the password that fitted last is tried first.
 */
interface Opening {
  readonly from: string;
  readonly reading: UploadReading;
  passwords: readonly Password[];
  bags: number;
}

export async function readPkcs12(element: BerElement, from: string, reading: UploadReading): Promise<void> {
  const [, authSafe, macData] = partsOf(element);
  const octets = contentOf(authSafe, DATA);
  const safe = octets === undefined ? undefined : readElement(octets);
  if (octets === undefined || safe === undefined) {
    throw notReadable(
      from,
      'is a PKCS#12 file that is damaged, or sealed with a certificate',
      'export it anew with a password',
    );
  }
  const passwords = passwordsToTry(reading.passwords, { withNone: true });
  const opening: Opening = { from, reading, passwords, bags: 0 };
  if (macData === undefined)
    reading.material.remark('integrity-unproven', from, 'has no MAC: nothing shows that it is whole');
  if (macData !== undefined) await proveWhole(macData, octets, opening);
  for (const part of partsOf(safe)) await readPart(part, opening);
}

async function proveWhole(macData: BerElement, octets: Uint8Array, opening: Opening): Promise<void> {
  const { from, reading } = opening;
  const mac = readPkcs12Mac(macData);
  if (mac === undefined) throw notReadable(from, 'is a PKCS#12 file with a MAC of an unknown kind', 'export it anew');
  if (mac.isTooSlow) {
    reading.material.remark(
      'integrity-unproven',
      from,
      'its MAC asks for more rounds than there is time for: not looked at',
    );
    return;
  }
  const fitting = await openWith(
    candidatesOf(mac, opening),
    { from, passwords: reading.passwords },
    async (password) => ((await mac.fits(octets, password, reading.work)) ? { password } : undefined),
  );
  preferPassword(opening, fitting.password);
}

/** A `ContentInfo` of the authenticated safe. */
async function readPart(part: BerElement, opening: Opening): Promise<void> {
  opening.reading.material.countPart();
  const plain = contentOf(part, DATA);
  if (plain !== undefined) return readSafeContents(readElement(plain), opening);
  const [type, content] = partsOf(part);
  const [encrypted] = (content === undefined ? undefined : childrenOf(content)) ?? [];
  if (oidOf(type) !== ENCRYPTED_DATA || encrypted === undefined) {
    throw notReadable(
      opening.from,
      'is a PKCS#12 file with a part that no password opens',
      'export it anew with a password',
    );
  }
  return readSafeContents(await decryptPart(encrypted, opening), opening);
}

/** An `EncryptedData` (RFC 5652, 8). */
async function decryptPart(encrypted: BerElement, opening: Opening): Promise<BerElement> {
  const { from, reading } = opening;
  const [, info] = partsOf(encrypted);
  const [, algorithm, sealed] = info === undefined ? [] : partsOf(info);
  const octets = octetsOf(sealed, contextTag(0, 'primitive'));
  const scheme = algorithm === undefined ? 'nothing known' : readPasswordScheme(algorithm);
  if (octets === undefined || typeof scheme === 'string') {
    throw notReadable(from, `is a PKCS#12 file encrypted with ${scheme}`, 'export it anew with AES-256');
  }
  const opened = await openWith(
    candidatesOf(scheme, opening),
    { from, passwords: reading.passwords },
    async (password) => {
      const plain = await scheme.decrypt(octets, password, reading.work);
      const contents = plain === undefined ? undefined : readElement(plain);
      return contents === undefined || !isSafeContents(contents) ? undefined : { contents, password };
    },
  );
  preferPassword(opening, opened.password);
  if (scheme.isOutdated) remarkOutdated(reading, from, scheme.name);
  return opened.contents;
}

/** Bags in bags end with `MAX_PARTS`. */
async function readSafeContents(contents: BerElement | undefined, opening: Opening): Promise<void> {
  const bags = contents?.tag === TAG.sequence ? childrenOf(contents) : undefined;
  if (bags === undefined) throw damaged(opening.from);
  for (const bag of bags) await readBag(bag, opening);
}

async function readBag(bag: BerElement, opening: Opening): Promise<void> {
  const { from, reading } = opening;
  const { material } = reading;
  opening.bags += 1;
  material.countPart();
  const [type, wrapped] = partsOf(bag);
  const oid = oidOf(type);
  const [value] = (wrapped === undefined ? undefined : childrenOf(wrapped)) ?? [];
  if (oid === undefined || value === undefined) throw damaged(from);
  const place = `${from}, bag ${opening.bags}`;
  switch (oid.startsWith(BAG) ? oid.slice(BAG.length) : '') {
    case BAGS.key:
      return material.addKey(value, place);
    case BAGS.shroudedKey:
      return readEncryptedKey(value, { from: place, reading, passwords: opening.passwords });
    case BAGS.certificate:
      return readCertificate(value, place, reading);
    case BAGS.revocationList:
      return material.remark('revocation-list-found', place, 'a revocation list is left out');
    case BAGS.safeContents:
      return readSafeContents(value, opening);
    default:
      return material.remark('block-ignored', place, 'a bag that holds neither a key nor a certificate');
  }
}

function readCertificate(bag: BerElement, from: string, { material }: UploadReading): void {
  const [type, wrapped] = partsOf(bag);
  const [value] = (wrapped === undefined ? undefined : childrenOf(wrapped)) ?? [];
  const der = octetsOf(value);
  if (der === undefined) throw damaged(from);
  if (oidOf(type) === X509_CERTIFICATE) material.addCertificate(der, from);
  else material.remark('block-ignored', from, 'a certificate of another kind than X.509');
}

/** The octets of a `ContentInfo` of this type. */
function contentOf(info: BerElement | undefined, wanted: string): Uint8Array | undefined {
  const [type, wrapped] = info === undefined ? [] : partsOf(info);
  if (oidOf(type) !== wanted || wrapped?.tag !== contextTag(0)) return undefined;
  return octetsOf(childrenOf(wrapped)?.[0]);
}

/** A wrong password may give padding that looks right: one in 256. */
function isSafeContents(contents: BerElement): boolean {
  const bags = contents.tag === TAG.sequence ? childrenOf(contents) : undefined;
  return bags?.every((bag) => oidOf(partsOf(bag)[0]) !== undefined) ?? false;
}

function candidatesOf(sealed: { readonly tellsNoneFromEmpty: boolean }, { passwords }: Opening): readonly Password[] {
  return sealed.tellsNoneFromEmpty ? passwords : [...new Set(passwords.map((password) => password ?? ''))];
}

function preferPassword(opening: Opening, password: Password): void {
  opening.passwords = [password, ...opening.passwords.filter((other) => other !== password)];
}

function damaged(from: string) {
  return notReadable(from, 'is a PKCS#12 file that is damaged', 'export it anew');
}
