// A leaf that was issued and never came to be served: the next renewal goes on with it instead of asking the authority for another.

import { X509Certificate } from 'node:crypto';
import type { Certificate } from '../domain/certificate.ts';
import { describeLeaf } from '../domain/chain.ts';
import { decideRenewal } from '../domain/renewal.ts';
import { acmeKey } from './records.ts';
import type { Services } from './services.ts';

/**
 * The order whose leaf lies ready: the renewal that failed last, if its authority had done its part and the leaf is not itself due by now. An
 * authority allows five leaves for the same names a week (Let's Encrypt); a server that cannot be restarted is tried every day.
 */
export async function findReadyLeaf(
  { partner, lastFailure, restartLeadMs }: Certificate,
  now: Date,
  { inventory, vault }: Pick<Services, 'inventory' | 'vault'>,
): Promise<string | undefined> {
  if (lastFailure === undefined) return undefined;
  const work = await inventory.find(acmeKey(partner, lastFailure.orderId));
  if (work?.value.chainRef === undefined || work.value.fingerprint === undefined) return undefined;
  const leaf = describeLeaf(new X509Certificate(await vault.get(work.value.chainRef)));
  return decideRenewal(leaf, { restartLeadMs }, now).due ? undefined : lastFailure.orderId;
}
