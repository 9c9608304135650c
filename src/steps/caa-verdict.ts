// Whether CAA lets the authority of an order issue for a name, found out without anything it counts.

import { type CaaDecision, decideCaa } from '../domain/caa.ts';
import type { Order } from '../domain/order.ts';
import { adviceFor, Problem } from '../domain/problem.ts';
import { accountKey } from './records.ts';
import type { Services } from './services.ts';

export interface Issuer {
  /** Undefined when the authority cannot be asked just now. */
  readonly caaIdentities: readonly string[] | undefined;
  readonly accountUrl: string | undefined;
}

export async function describeIssuer(
  order: Order,
  { authorities, inventory }: Pick<Services, 'authorities' | 'inventory'>,
): Promise<Issuer> {
  const { authority } = order.request;
  const described = await authorities.describe(authority).catch(undefinedForNow);
  const account = await inventory.find(accountKey(authority));
  return { caaIdentities: described?.caaIdentities, accountUrl: account?.value.accountUrl };
}

/** `unknown` when no resolver answers for CAA, or the authority not for itself. */
export async function judgeCaa(
  name: string,
  issuer: Issuer,
  { publicDns }: Pick<Services, 'publicDns'>,
): Promise<CaaDecision> {
  const found = await publicDns.findCaa(name);
  if (found.kind === 'none') return { verdict: 'allowed' };
  if (found.kind === 'unknown') return { verdict: 'unknown', why: found.why };
  if (issuer.caaIdentities === undefined)
    return { verdict: 'unknown', why: `CAA of "${name}" was not judged: the authority did not answer` };
  return decideCaa({
    name,
    records: found.records,
    foundAt: found.at,
    caaIdentities: issuer.caaIdentities,
    accountUrl: issuer.accountUrl,
    method: 'dns-01',
  });
}

/** What may pass by itself is no reason to stop here: the order meets it again when it is placed. */
function undefinedForNow(error: unknown): undefined {
  if (error instanceof Problem && adviceFor(error.name).retry === 'later') return undefined;
  throw error;
}
