// Which servers are looked at from outside, and when next: one item each, made by its first order and never taken away.

import { watchesPartition } from '../domain/inventory-key.ts';
import type { Key } from '../ports/inventory.ts';
import { changeItem } from './records.ts';
import type { Services } from './services.ts';

export interface ServerWatch {
  readonly partner: string;
  readonly hostname: string;
  /** The last order of this server: whom to tell, and how. */
  readonly orderId: string;
}

export const WATCH_SHELF = 'WATCHES';

/** Often enough to find what people install, seldom enough that nobody's firewall minds. */
export const PROBE_EVERY_MS = 24 * 3_600_000;

export const watchKey = (partner: string, hostname: string): Key<ServerWatch> => ({
  partition: watchesPartition(partner),
  sort: hostname,
});

/** Idempotent: from now on this server is probed. */
export async function watchServer(
  watch: ServerWatch,
  { inventory, clock }: Pick<Services, 'inventory' | 'clock'>,
): Promise<void> {
  const key = watchKey(watch.partner, watch.hostname);
  const due = { shelf: WATCH_SHELF, at: new Date(clock.now().getTime() + PROBE_EVERY_MS) };
  if ((await inventory.add(key, watch, { due })) !== undefined) return;
  await changeItem(inventory, key, (now) => (now.orderId === watch.orderId ? now : { ...now, orderId: watch.orderId }));
}
