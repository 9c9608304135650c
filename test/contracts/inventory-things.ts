// Things to put into an inventory under test, and what is read of its pages.

import type { Inventory, Item, Key, Marks, Page } from '../../src/ports/inventory.ts';

export interface Thing {
  readonly text: string;
}

/** Minutes after a fixed moment. */
export function at(minute: number): Date {
  return new Date(Date.UTC(2026, 10, 1, 8, minute));
}

export function key(sort: string): Key<never> {
  return { partition: 'P#p', sort };
}

export async function addDue(inventory: Inventory, sort: string, minute: number): Promise<Item<Thing>> {
  const marks: Marks = { due: { shelf: 'due', at: at(minute) } };
  return found(await inventory.add<Thing>({ partition: 'P#p', sort }, { text: sort }, marks));
}

/** The sort keys on the shelf of `addDue`. */
export async function dueSorts(
  inventory: Inventory,
  order: 'oldest-first' | 'newest-first',
  until?: Date,
): Promise<readonly string[]> {
  return sortsOf(await inventory.listMarked('due', 'due', { limit: 100, order, ...(until && { until }) }));
}

export function sortsOf(page: Page<unknown>): readonly string[] {
  return page.items.map((item) => item.key.sort);
}

export async function pagesOf<Value>(
  list: (from: string | undefined) => Promise<Page<Value>>,
  from?: string,
): Promise<readonly Page<Value>[]> {
  const page = await list(from);
  return page.next === undefined ? [page] : [page, ...(await pagesOf(list, page.next))];
}

export function found<Value>(item: Item<Value> | undefined): Item<Value> {
  if (!item) throw new Error('the item was not added');
  return item;
}
