// Everything in one partition that is known to be small.

import type { Inventory, Item } from '../ports/inventory.ts';

const PAGE = 100;

/** In the order of the sort keys; for what belongs to one order, never for what grows with the fleet. */
export async function allItems<Value>(inventory: Inventory, partition: string): Promise<readonly Item<Value>[]> {
  const items: Item<Value>[] = [];
  for (let from: string | undefined; ; ) {
    const page = await inventory.list<Value>(partition, { limit: PAGE, from });
    items.push(...page.items);
    if (page.next === undefined) return items;
    from = page.next;
  }
}
