// Which names of an order lie in no zone of ours: what stands there is set by their owner, never by us.

import { type OrderRequest, orderedNames } from '../domain/order.ts';
import type { Zones } from '../ports/zones.ts';

/** In the order of the certificate. */
export async function namesOutside(request: OrderRequest, zones: Pick<Zones, 'findZone'>): Promise<readonly string[]> {
  const names = orderedNames(request);
  const found = await Promise.all(names.map((name) => zones.findZone(name)));
  return names.filter((_, i) => found[i] === undefined);
}
