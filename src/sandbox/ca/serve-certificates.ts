// Certificates: downloaded as a chain, and revoked by the account that has them (RFC 8555, sections 7.4.2 and 7.6).

import { leafWithDer } from './ca-leaf-lookup.ts';
import { atSecond } from './ca-records.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { chainText } from './hostile-chain.ts';
import { parseObject } from './jws-parts.ts';
import { accountIdOf } from './serve-orders.ts';

/** unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation: what subscribers may say. */
const REASONS: readonly unknown[] = [0, 1, 3, 4, 5];

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
    body: await chainText(chain, certificate, isAlternate ? { root, intermediates } : world.issuers),
  };
}

export async function serveRevokeCert(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const wanted = parseObject(request.payload, 'payload');
  const certificate = leafWithDer(world, wanted.certificate);
  if (certificate.accountId !== accountIdOf(request)) {
    throw new CaRefusal('unauthorized', 'that is the certificate of another account');
  }
  const reason = wanted.reason ?? 0;
  if (!REASONS.includes(reason))
    throw new CaRefusal('badRevocationReason', `reason ${quoted(reason)} is not one of ${REASONS}`);
  if (certificate.revokedAt !== undefined) throw new CaRefusal('alreadyRevoked', `revoked at ${certificate.revokedAt}`);
  world.store.keep({ ...certificate, revokedAt: atSecond(world.now()), revocationReason: Number(reason) });
  return { status: 200 };
}
