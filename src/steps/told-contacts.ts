// Which contacts know of a restart, as their mail servers said.

import { noticesPartition } from '../domain/inventory-key.ts';
import { announcesRestart } from '../domain/notice.ts';
import type { Order } from '../domain/order.ts';
import type { Item } from '../ports/inventory.ts';
import type { NoticeRecord } from './records.ts';
import type { Services } from './services.ts';

/** Addresses of the order's contacts who were told of one of its restarts, whichever: these have an entry in their calendar. */
export async function contactsTold(
  order: Order,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<readonly string[]> {
  const contacts = new Set(order.request.contacts.map(({ email }) => email));
  const told = (await noticesOf(order, { inventory }))
    .map(({ value }) => value)
    .filter(({ kind, to, deliveredAt }) => deliveredAt !== undefined && contacts.has(to) && announcesRestart(kind));
  return [...new Set(told.map(({ to }) => to))];
}

const PAGE = 100;

/** What was written to people about one order. */
export async function noticesOf(
  order: Pick<Order, 'partner' | 'id'>,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<readonly Item<NoticeRecord>[]> {
  const items: Item<NoticeRecord>[] = [];
  for (let from: string | undefined; ; ) {
    const partition = noticesPartition(order.partner, order.id);
    const page = await inventory.list<NoticeRecord>(partition, { limit: PAGE, from });
    items.push(...page.items);
    if (page.next === undefined) return items;
    from = page.next;
  }
}
