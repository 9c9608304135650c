// Renewal information (RFC 9773, section 4.2): when we would like a leaf renewed, for everybody who knows its id.

import { X509Certificate } from 'node:crypto';
import { retryAfterHeader } from './acme-objects.ts';
import { leafWithAriId } from './ca-leaf-lookup.ts';
import { atSecond, type CertificateRecord } from './ca-records.ts';
import { CaRefusal } from './ca-refusal.ts';
import { type AdvisedWindow, adviseWindow } from './ca-renewal-window.ts';
import type { CaRoute } from './ca-routes.ts';
import type { CaAnswer, CaWorld } from './ca-world.ts';

export async function serveRenewalInfo(world: CaWorld, route: CaRoute): Promise<CaAnswer> {
  const { suggestedWindow, renewalRetryAfterSeconds, retryAfterAsDate } = world.dials();
  if (suggestedWindow === 'none') throw new CaRefusal('malformed', 'we have no renewal information', { status: 404 });
  const certificate = leafWithAriId(world, route.id);
  const { start, end } = windowOf(world, certificate);
  const isGarbage = suggestedWindow === 'garbage';
  const isUrgent = certificate.revokedAt !== undefined || suggestedWindow === 'past' || suggestedWindow === 'now';
  return {
    status: 200,
    headers:
      renewalRetryAfterSeconds === undefined
        ? {}
        : retryAfterHeader(renewalRetryAfterSeconds, retryAfterAsDate, world.now()),
    body: {
      suggestedWindow: isGarbage ? { start: 'soon', end: 20_300_230 } : { start: atSecond(start), end: atSecond(end) },
      ...(isUrgent ? { explanationUrl: world.urls.terms() } : {}),
    },
  };
}

/** The window suggested for a leaf as the dials are turned now. */
export function windowOf(world: Pick<CaWorld, 'dials' | 'now'>, certificate: CertificateRecord): AdvisedWindow {
  const { validFromDate, validToDate } = new X509Certificate(certificate.leafPem);
  const leaf = {
    notBefore: validFromDate,
    notAfter: validToDate,
    revoked: certificate.revokedAt !== undefined,
    earlyShare: certificate.earlyShare,
  };
  return adviseWindow(world.dials().suggestedWindow, leaf, world.now());
}
