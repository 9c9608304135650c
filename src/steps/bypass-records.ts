// What is kept of a bypass: recorded when its order is taken into work, no longer needed once a trusted certificate is served, off when somebody says so.

import type { Bypass } from '../domain/bypass.ts';
import { bypassesPartition } from '../domain/inventory-key.ts';
import type { Order } from '../domain/order.ts';
import type { Key } from '../ports/inventory.ts';
import { changeItem } from './records.ts';
import type { Services } from './services.ts';

type Needs = Pick<Services, 'inventory' | 'clock'>;

/** Shelf of the bypasses somebody is to be told of. */
export const BYPASS_SHELF = 'BYPASSES';

export const bypassKey = (partner: string, hostname: string): Key<Bypass> => ({
  partition: bypassesPartition(partner),
  sort: hostname,
});

/** An open one is changed by an order that names another end or reason, and by nothing else; what it was stays written down. */
export async function recordBypass(order: Order, { inventory, clock }: Needs): Promise<void> {
  const { bypass, hostname } = order.request;
  if (bypass === undefined) return;
  const key = bypassKey(order.partner, hostname);
  const now = clock.now();
  const due = { due: { shelf: BYPASS_SHELF, at: now } };
  const fresh: Bypass = {
    ...{ partner: order.partner, hostname, orderId: order.id },
    ...{ reason: bypass.reason, since: now.toISOString(), until: bypass.until, told: 0 },
  };
  if ((await inventory.add(key, fresh, due)) !== undefined) return;
  await changeItem(
    inventory,
    key,
    (kept) => {
      if (kept.orderId === order.id) return kept;
      if (kept.offAt !== undefined) return fresh;
      return { ...fresh, before: [...(kept.before ?? []), { orderId: kept.orderId, until: kept.until }] };
    },
    () => due,
  );
}

/** The appointment has brought the first trusted certificate: whoever keeps the setting is asked to switch it off. */
export async function endNeedOfBypass(order: Order, { inventory, clock }: Needs): Promise<void> {
  const key = bypassKey(order.partner, order.request.hostname);
  const kept = await inventory.find(key);
  if (kept === undefined || kept.value.offAt !== undefined || kept.value.neededUntil !== undefined) return;
  const now = clock.now();
  await changeItem(
    inventory,
    key,
    (bypass) => ({ ...bypass, orderId: order.id, neededUntil: bypass.neededUntil ?? now.toISOString(), told: 0 }),
    () => ({ due: { shelf: BYPASS_SHELF, at: now } }),
  );
}
