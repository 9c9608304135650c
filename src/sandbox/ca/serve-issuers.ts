// What leaves point to, for everybody: the revocation list of their issuer (RFC 5280, section 5) and the issuer itself.

import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { CertificateRecord } from './ca-records.ts';
import type { CaRoute } from './ca-routes.ts';
import type { CaAnswer, CaWorld } from './ca-world.ts';
import { type Issuer, SIGNING, wholeSeconds } from './issuer-certificates.ts';

/** At most ten days (CA/B Forum BR 4.9.7); who has a list may use it for so long. */
const LIST_LIFETIME_MS = 7 * 86_400_000;

const CRL_NUMBER = '2.5.29.20';
const UNSPECIFIED = 0;

/** Made anew for each request, so that a revocation is in it from the next one on. */
export async function serveCrl(world: CaWorld, route: CaRoute): Promise<CaAnswer> {
  const issuer = issuerOf(world, route);
  const revoked = [...world.store.certificates()].filter(
    ({ intermediate, revokedAt }) => intermediate === Number(route.id) && revokedAt !== undefined,
  );
  const now = world.now();
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.certificate.subjectName,
    thisUpdate: wholeSeconds(now.getTime()),
    nextUpdate: wholeSeconds(now.getTime() + LIST_LIFETIME_MS),
    entries: revoked.map(entryOf),
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
      new x509.Extension(CRL_NUMBER, false, derInteger(now.getTime())),
    ],
    signingAlgorithm: SIGNING,
    signingKey: issuer.key,
  });
  return { status: 200, contentType: 'application/pkix-crl', body: new Uint8Array(list.rawData) };
}

/** DER, as RFC 5280, 4.2.2.1 wants it. */
export async function serveIssuer(world: CaWorld, route: CaRoute): Promise<CaAnswer> {
  const { certificate } = issuerOf(world, route);
  return { status: 200, contentType: 'application/pkix-cert', body: new Uint8Array(certificate.rawData) };
}

/** The route lets no other ids through. */
function issuerOf({ issuers }: CaWorld, { id }: CaRoute): Issuer {
  return issuers.intermediates[id === '1' ? 1 : 0];
}

/** RFC 5280, 5.3.1: the reason `unspecified` is said by leaving it out. */
function entryOf({ serial, revokedAt, revocationReason }: CertificateRecord): x509.X509CrlEntryParams {
  return {
    serialNumber: serial,
    revocationDate: new Date(revokedAt ?? 0),
    ...(revocationReason === undefined || revocationReason === UNSPECIFIED ? {} : { reason: revocationReason }),
  };
}

/** Of a number that is not negative. */
function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16);
  const even = hex.padStart(hex.length + (hex.length % 2), '0');
  const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, 'hex');
  return new Uint8Array([0x02, bytes.length, ...bytes]);
}
