// Certificates: downloaded as a chain, to either of two roots (RFC 8555, section 7.4.2).

import { CaRefusal } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { chainText } from './hostile-chain.ts';
import { accountIdOf } from './serve-orders.ts';

export async function serveCertificate(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const certificate = world.store.findCertificate(request.route.id);
  if (certificate === undefined) throw new CaRefusal('malformed', 'no such certificate', { status: 404 });
  if (certificate.accountId !== accountIdOf(request)) {
    throw new CaRefusal('unauthorized', 'that is the certificate of another account');
  }
  if (request.payload !== '') throw new CaRefusal('malformed', 'a certificate is read with an empty payload');
  const { alternateChains, chain } = world.dials();
  const isAlternate = request.route.part !== '';
  if (isAlternate && !(alternateChains && request.route.part === '1')) {
    throw new CaRefusal('malformed', 'no such chain', { status: 404 });
  }
  const { alternateRoot: root, alternateIntermediates: intermediates } = world.issuers;
  const { urls } = world;
  const other = isAlternate ? urls.certificate(certificate.id) : urls.alternateCertificate(certificate.id);
  return {
    status: 200,
    contentType: 'application/pem-certificate-chain',
    links: alternateChains ? [`<${other}>;rel="alternate"`] : [],
    body: await chainText(chain, certificate, { ...(isAlternate ? { root, intermediates } : world.issuers), urls }),
  };
}
