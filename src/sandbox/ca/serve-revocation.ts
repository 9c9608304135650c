// Certificates are revoked by who has them, by who has their key, or by who now has all their names (RFC 8555, section 7.6).

import { X509Certificate } from 'node:crypto';
import { thumbprintOf } from './acceptable-keys.ts';
import { authorizationStatus } from './acme-objects.ts';
import { leafWithDer } from './ca-leaf-lookup.ts';
import { atSecond, type CertificateRecord, splitName } from './ca-records.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { parseObject } from './jws-parts.ts';

const UNSPECIFIED = 0;
const KEY_COMPROMISE = 1;
const CESSATION_OF_OPERATION = 5;

/** unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation: what subscribers may say. */
const REASONS: readonly unknown[] = [UNSPECIFIED, KEY_COMPROMISE, 3, 4, CESSATION_OF_OPERATION];

export async function serveRevokeCert(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const wanted = parseObject(request.payload, 'payload');
  const { id } = leafWithDer(world, wanted.certificate);
  const reason = wanted.reason ?? UNSPECIFIED;
  if (!REASONS.includes(reason))
    throw new CaRefusal('badRevocationReason', `reason ${quoted(reason)} is not one of ${REASONS}`);
  const ownKey = await thumbprintOf(new X509Certificate(latest(world, id).leafPem).publicKey);

  const certificate = latest(world, id);
  const revocationReason = reasonOf(world, { certificate, request, reason: Number(reason), ownKey });
  if (certificate.revokedAt !== undefined) throw new CaRefusal('alreadyRevoked', `revoked at ${certificate.revokedAt}`);
  world.store.keep({ ...certificate, revokedAt: atSecond(world.now()), revocationReason });
  return { status: 200 };
}

interface RevocationAsked {
  readonly certificate: CertificateRecord;
  readonly request: CaRequest;
  readonly reason: number;
  /** Thumbprint of the leaf's key. */
  readonly ownKey: string;
}

/**
 * Only the account that ordered says why. A signature with the leaf's key means that the key is in more hands than one; another
 * account that has proven all the names means that they changed hands: Let's Encrypt keeps these reasons whatever was sent.
 */
function reasonOf(world: CaWorld, { certificate, request, reason, ownKey }: RevocationAsked): number {
  const { account } = request;
  if (account === undefined) {
    if (request.thumbprint === ownKey) return KEY_COMPROMISE;
    throw new CaRefusal('unauthorized', 'that is not the key of the certificate');
  }
  if (account.id === certificate.accountId) return reason;
  if (hasProvenAll(world, account.id, certificate)) return CESSATION_OF_OPERATION;
  throw new CaRefusal('unauthorized', 'that is the certificate of another account, and not all its names are proven');
}

function hasProvenAll({ store, now }: CaWorld, accountId: string, certificate: CertificateRecord): boolean {
  const names = store.findOrder(certificate.orderId)?.names ?? [];
  return names.map(splitName).every(({ base, wildcard }) => {
    const proofs = store.authorizationsFor(accountId, base, wildcard);
    return proofs.some((proof) => authorizationStatus(proof, now()) === 'valid');
  });
}

function latest(world: CaWorld, id: string): CertificateRecord {
  const certificate = world.store.findCertificate(id);
  if (certificate === undefined) throw new Error(`certificate ${id} has vanished`);
  return certificate;
}
