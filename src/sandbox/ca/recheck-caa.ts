// CAA once more before a leaf is issued on a proof that is not of today.

import type { AuthorizationRecord, ChallengeRecord, OrderRecord } from './ca-records.ts';
import type { CaWorld } from './ca-world.ts';
import { type CaaCheck, checkCaa } from './validate-caa.ts';

/** So long an answer about CAA may be used (CA/B Forum BR 3.2.2.8). */
const CAA_GOOD_FOR_MS = 8 * 3_600_000;

const NEVER = new AbortController().signal;

/** Refuses as `checkCaa` does; the order stays as it is. */
export async function recheckCaa(world: CaWorld, order: OrderRecord): Promise<void> {
  const olderThan = world.now().getTime() - CAA_GOOD_FOR_MS;
  await Promise.all(
    world.store.authorizationsOf(order).map(async (authorization) => {
      const proof = authorization.challenges.find(({ status }) => status === 'valid');
      if (proof === undefined || Date.parse(proof.validatedAt ?? '') > olderThan) return;
      await checkCaa(caaQuestionOf(world, authorization, proof), NEVER);
    }),
  );
}

export function caaQuestionOf(
  { dnsServers, urls }: Pick<CaWorld, 'dnsServers' | 'urls'>,
  { name, wildcard, accountId }: AuthorizationRecord,
  { type }: ChallengeRecord,
): CaaCheck {
  return { name, wildcard, accountUrl: urls.account(accountId), method: type, dnsServers };
}
