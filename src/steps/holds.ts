// Switches that stop activations: of one partner, of one connection profile, or all. Looked at in the step that activates.

import { holdPartition, serviceHoldPartition } from '../domain/inventory-key.ts';
import type { Order } from '../domain/order.ts';
import type { Key } from '../ports/inventory.ts';
import { type Hold, holdKey } from './records.ts';
import type { Services } from './services.ts';

/** What a hold stops; of a profile, the restarts of all partners' servers that are reached by it. */
export type HoldScope =
  | { readonly scope: 'partner'; readonly partner: string }
  | { readonly scope: 'profile'; readonly profile: string }
  | { readonly scope: 'all' };

export function holdKeyOf(held: HoldScope): Key<Hold> {
  switch (held.scope) {
    case 'partner':
      return { partition: holdPartition(held.partner), sort: 'HOLD' };
    case 'profile':
      return { partition: serviceHoldPartition(), sort: `PROFILE#${held.profile}` };
    case 'all':
      return { partition: serviceHoldPartition(), sort: 'ALL' };
  }
}

/** The reason of a hold that stops the restart of this order, the widest first; undefined when none is on. */
export async function findHold(
  { partner, request }: Pick<Order, 'partner' | 'request'>,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<string | undefined> {
  const keys = [
    holdKeyOf({ scope: 'all' }),
    holdKeyOf({ scope: 'profile', profile: request.connectionProfile }),
    holdKey(partner),
  ];
  for (const key of keys) {
    const hold = await inventory.find(key);
    if (hold !== undefined) return hold.value.reason;
  }
  return undefined;
}
