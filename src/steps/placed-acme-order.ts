// The acmeOrder an order has placed, as it was kept.

import { Problem } from '../domain/problem.ts';
import type { Authority, PlacedAcmeOrder } from '../ports/authority.ts';
import { endedBy } from './acme-verdict.ts';
import type { AcmeWork } from './records.ts';

/** Of a record that holds its URL alone the authority is asked for the rest. One it has forgotten, or that was never kept, is `ca-order-gone`. */
export async function placedOrder(work: AcmeWork, authority: Authority): Promise<PlacedAcmeOrder> {
  const { orderUrl, names, finalizeUrl, authorizationUrls } = work;
  if (orderUrl === undefined) throw neverKept();
  if (finalizeUrl !== undefined && authorizationUrls !== undefined) {
    return { orderUrl, names, finalizeUrl, authorizationUrls };
  }
  const view = await authority.readOrder(orderUrl);
  if (view.placed === undefined) throw endedBy(view);
  return { ...view.placed, names };
}

export function neverKept(): Problem {
  return new Problem('ca-order-gone', 'the acmeOrder was never kept');
}
