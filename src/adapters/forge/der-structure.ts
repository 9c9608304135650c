// One DER or BER structure taken apart, whichever it is.

import { type BerElement, readElement } from './ber-element.ts';
import { derKindOf } from './der-kind.ts';
import type { UploadReading } from './upload-reading.ts';

/** False: these bytes are none of what is known here, and nothing was done. */
export async function readStructure(octets: Uint8Array, from: string, reading: UploadReading): Promise<boolean> {
  const element = readElement(octets);
  if (element === undefined || derKindOf(element) === undefined) return false;
  reading.material.countPart();
  await readKnown(element, from, reading);
  const after = octets.subarray(element.raw.length);
  if (after.some((octet) => !PADDING.includes(octet))) {
    reading.material.remark('text-ignored', from, `${after.length} bytes after its end are left out`);
  }
  return true;
}

/** Zeros and line ends, which programs leave behind. */
const PADDING: readonly number[] = [0, 0x0a, 0x0d, 0x1a];

/** What only containers and encrypted keys need is loaded for them: plain certificates and keys are read in half the time. */
async function readKnown(element: BerElement, from: string, reading: UploadReading): Promise<void> {
  const { material } = reading;
  switch (derKindOf(element)) {
    case 'certificate':
      return material.addCertificate(element.raw, from);
    case 'key':
      return material.addKey(element, from);
    case 'encrypted-key':
      return (await import('./encrypted-keys.ts')).readEncryptedKey(element, { from, reading });
    case 'pkcs7':
      return (await import('./pkcs7-file.ts')).readPkcs7(element, from, reading);
    case 'pkcs12':
      return (await import('./pkcs12-file.ts')).readPkcs12(element, from, reading);
    case 'request':
      return material.remark('request-found', from, 'a request (CSR): the CA answers it with the certificate');
    case 'public-key':
      return material.remark('public-key-found', from, 'a public key: the private one is needed');
    case 'revocation-list':
      return material.remark('revocation-list-found', from, 'a revocation list is left out');
    case undefined:
      return;
  }
}
