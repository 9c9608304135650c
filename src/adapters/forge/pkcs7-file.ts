// PKCS#7 (RFC 5652) as CAs use it: a bag of certificates, signed by nobody.

import { type BerElement, childrenOf, contextTag, oidOf, TAG } from './ber-element.ts';
import { derKindOf, partsOf } from './der-kind.ts';
import { notReadable } from './upload-problems.ts';
import type { UploadReading } from './upload-reading.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const ENVELOPED_DATA = '1.2.840.113549.1.7.3';

/** The certificates are CMS's choices `[0]` to `[3]` or plain ones; only plain ones are X.509 of today. */
export function readPkcs7(element: BerElement, from: string, { material }: UploadReading): void {
  const [type, content] = partsOf(element);
  const oid = oidOf(type);
  if (oid === ENVELOPED_DATA) throw notReadable(from, 'is an encrypted message (S/MIME)', 'send what is in it');
  const [signed] = (content === undefined ? undefined : childrenOf(content)) ?? [];
  if (oid !== SIGNED_DATA || signed === undefined) throw damaged(from);
  const parts = partsOf(signed);
  if ((childrenOf(parts.at(-1) ?? signed) ?? []).length > 0 && parts.at(-1)?.tag === TAG.set) {
    throw notReadable(
      from,
      'is a signature (.p7s, S/MIME or of a program)',
      'send the .p7b the CA offers beside it; openssl pkcs7 -inform DER -print_certs shows what it holds',
    );
  }
  const certificates = parts.find(({ tag }) => tag === contextTag(0));
  const found = certificates === undefined ? [] : childrenOf(certificates);
  if (found === undefined) throw damaged(from);
  for (const [index, certificate] of found.entries()) {
    material.countPart();
    const place = `${from}, certificate ${index + 1}`;
    if (derKindOf(certificate) !== 'certificate') {
      material.remark('block-ignored', place, 'a certificate of another kind than X.509');
      continue;
    }
    material.addCertificate(certificate.raw, place);
  }
  if (parts.some(({ tag }) => tag === contextTag(1))) {
    material.countPart();
    material.remark('revocation-list-found', from, 'revocation lists are left out');
  }
}

function damaged(from: string) {
  return notReadable(from, 'is a PKCS#7 file that is damaged', 'download it again from the CA');
}
