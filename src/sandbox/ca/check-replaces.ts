// Whether a new order may say that it renews a leaf: the rules of RFC 9773, section 5.

import { orderStatus } from './acme-objects.ts';
import { leafWithAriId } from './ca-leaf-lookup.ts';
import type { CertificateRecord } from './ca-records.ts';
import { CaRefusal } from './ca-refusal.ts';
import type { CaWorld } from './ca-world.ts';

export interface WantedReplacement {
  /** As it came in newOrder. */
  readonly replaces?: unknown;
  readonly names: readonly string[];
  readonly accountId: string;
}

/**
 * The leaf that is replaced. Refuses with `malformed` what is no id of ours or has no name in common, with
 * `unauthorized` a leaf of another account, with `alreadyReplaced` (409) one that an order which has not failed replaces already.
 */
export function checkReplaces(world: CaWorld, { replaces, names, accountId }: WantedReplacement): CertificateRecord {
  const certificate = leafWithAriId(world, replaces);
  const ariCertId = String(replaces);
  if (certificate.accountId !== accountId) {
    throw new CaRefusal('unauthorized', 'the certificate to be replaced is another account’s');
  }
  const before = world.store.findOrder(certificate.orderId)?.names ?? [];
  if (!names.some((name) => before.includes(name))) {
    throw new CaRefusal('malformed', 'the order has no name of the certificate to be replaced');
  }
  if (world.store.ordersReplacing(ariCertId).some((order) => orderStatus(world, order) !== 'invalid')) {
    throw new CaRefusal('alreadyReplaced', `an order replaces the certificate ${ariCertId} already`);
  }
  return certificate;
}
