// Finds one of our leaves by what clients call it: its DER, or its id of RFC 9773.

import { X509Certificate } from 'node:crypto';
import type { CaIssuers } from './ca-issuers.ts';
import type { CertificateRecord } from './ca-records.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import type { CaWorld } from './ca-world.ts';

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** `encoded` is DER as base64url. Refuses with `malformed`, 404 for a certificate that is not ours. */
export function leafWithDer({ store }: Pick<CaWorld, 'store'>, encoded: unknown): CertificateRecord {
  if (typeof encoded !== 'string' || !BASE64URL.test(encoded)) {
    throw new CaRefusal('malformed', 'certificate must be DER as base64url without padding');
  }
  const der = Buffer.from(encoded, 'base64url');
  const certificate = store.findCertificateBySerial(serialOf(der) ?? '');
  if (certificate !== undefined && new X509Certificate(certificate.leafPem).raw.equals(der)) return certificate;
  throw new CaRefusal('malformed', 'we did not issue that certificate', { status: 404 });
}

/**
 * `ariCertId` is `base64url(AKI).base64url(serial)` without padding (RFC 9773, 4.1). Refuses with `malformed`: 400 for
 * what is no such id, 404 for a leaf that is not ours.
 */
export function leafWithAriId(
  { store, issuers }: Pick<CaWorld, 'store' | 'issuers'>,
  ariCertId: unknown,
): CertificateRecord {
  const [keyId, serial, ...more] = typeof ariCertId === 'string' ? ariCertId.split('.') : [];
  if (keyId === undefined || serial === undefined || more.length > 0 || ![keyId, serial].every(isCanonical)) {
    throw new CaRefusal('malformed', `${quoted(ariCertId)} is not two parts in base64url, joined by a dot`);
  }
  const certificate = store.findCertificateBySerial(Buffer.from(serial, 'base64url').toString('hex'));
  if (certificate !== undefined && ariIdOf(certificate, issuers) === ariCertId) return certificate;
  throw new CaRefusal('malformed', `we did not issue the certificate ${quoted(ariCertId)}`, { status: 404 });
}

/** Our serials have no leading zero byte and are positive, so their bytes are the DER's. */
export function ariIdOf({ intermediate, serial }: CertificateRecord, { intermediates }: CaIssuers): string {
  const { keyId } = intermediates[intermediate === 1 ? 1 : 0];
  return `${keyId}.${Buffer.from(serial, 'hex').toString('base64url')}`;
}

/** One text for each value: no padding, no bits left over. */
function isCanonical(text: string): boolean {
  return BASE64URL.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;
}

function serialOf(der: Buffer): string | undefined {
  try {
    return new X509Certificate(der).serialNumber.toLowerCase();
  } catch {
    return undefined;
  }
}
