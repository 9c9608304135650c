// Everything found so far in one `read`: each thing once, and never more than an honest upload holds.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { FoundCertificate, FoundKey, Material, ReadRemark, RemarkCode } from '../../ports/certificate-files.ts';
import type { BerElement } from './ber-element.ts';
import { keyEncodingOf, partsOf } from './der-kind.ts';
import {
  MAX_CERTIFICATE_BYTES,
  MAX_CERTIFICATES,
  MAX_FILES,
  MAX_KEY_BYTES,
  MAX_KEYS,
  MAX_PARTS,
  MAX_UPLOAD_BYTES,
} from './upload-limits.ts';
import { notReadable, tooLarge } from './upload-problems.ts';

export class GatheredMaterial {
  readonly #certificates = new Map<string, FoundCertificate>();
  readonly #keys = new Map<string, FoundKey>();
  readonly #remarks: ReadRemark[] = [];
  #parts = 0;
  #files = 0;
  #unpackedBytes = 0;

  /** Things seen so far, remarks on requests and the like included: a file that adds nothing holds nothing. */
  get parts(): number {
    return this.#parts;
  }

  countFile(): void {
    this.#files += 1;
    if (this.#files > MAX_FILES) throw tooLarge(`more than ${MAX_FILES} files`);
  }

  /** Of a zip; called as bytes come out of it. */
  countUnpacked(bytes: number): void {
    this.#unpackedBytes += bytes;
    if (this.#unpackedBytes > MAX_UPLOAD_BYTES) throw tooLarge(`unpacked, more than ${MAX_UPLOAD_BYTES} bytes`);
  }

  /** Before anything is done about a block, a bag or a structure. */
  countPart(): void {
    this.#parts += 1;
    if (this.#parts > MAX_PARTS) throw tooLarge(`more than ${MAX_PARTS} certificates, keys and other blocks`);
  }

  addCertificate(der: Uint8Array, from: string): void {
    if (der.length > MAX_CERTIFICATE_BYTES) throw notReadable(from, `is a certificate of ${der.length} bytes`);
    const raw = certificateBytes(der, from);
    const id = raw.toString('base64');
    if (this.#certificates.has(id)) return;
    if (this.#certificates.size === MAX_CERTIFICATES) throw tooLarge(`more than ${MAX_CERTIFICATES} certificates`);
    this.#certificates.set(id, { der: new Uint8Array(raw), from });
  }

  /** A key of a kind that no server of ours serves is a remark. */
  addKey(element: BerElement, from: string): void {
    const key = keyOf(element);
    if (key === undefined) throw notReadable(from, 'is a private key that is damaged');
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    if (type !== 'rsa' && (type !== 'ec' || details?.namedCurve === undefined)) {
      this.remark('key-not-usable', from, `a private key of the type ${type ?? 'unknown'}; servers need RSA or EC`);
      return;
    }
    const pkcs8Pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    if (this.#keys.has(pkcs8Pem)) return;
    if (this.#keys.size === MAX_KEYS) throw tooLarge(`more than ${MAX_KEYS} private keys`);
    this.#keys.set(pkcs8Pem, { pkcs8Pem, from });
  }

  remark(code: RemarkCode, from: string, message: string): void {
    this.#remarks.push({ code, from, message });
  }

  material(): Material {
    return {
      certificates: [...this.#certificates.values()],
      keys: [...this.#keys.values()],
      remarks: [...this.#remarks],
    };
  }
}

/** Undefined: it is damaged, or no key at all. */
export function keyOf(element: BerElement): KeyObject | undefined {
  const type = keyEncodingOf(partsOf(element));
  if (type === undefined || element.raw.length > MAX_KEY_BYTES) return undefined;
  try {
    return createPrivateKey({ key: Buffer.from(element.raw), format: 'der', type });
  } catch {
    return undefined;
  }
}

/** As signed, without what may follow it (`TRUSTED CERTIFICATE` carries settings of OpenSSL). */
function certificateBytes(der: Uint8Array, from: string): Buffer {
  try {
    return new X509Certificate(der).raw;
  } catch {
    throw notReadable(from, 'is a certificate that is damaged', 'download it again from the CA');
  }
}
