// What the clock must look at: one shelf of the `due` index, oldest first, page by page or some at a time.

import type { Inventory, Item } from '../ports/inventory.ts';

const PAGE = 100;
const AT_A_TIME = 10;

/** Items marked at or before `until`. An item whose mark is moved on meanwhile does not come again. */
export async function* duePages<Value>(
  inventory: Inventory,
  shelf: string,
  until: Date,
): AsyncGenerator<readonly Item<Value>[]> {
  for (let from: string | undefined; ; ) {
    const page = await inventory.listMarked<Value>('due', shelf, { limit: PAGE, from, until, order: 'oldest-first' });
    yield page.items;
    if (page.next === undefined) return;
    from = page.next;
  }
}

/** Ten at a time; `act` keeps what goes wrong with one item from the others. */
export async function eachDue<Value>(
  inventory: Inventory,
  { shelf, until }: { readonly shelf: string; readonly until: Date },
  act: (item: Item<Value>) => Promise<void>,
): Promise<void> {
  for await (const items of duePages<Value>(inventory, shelf, until)) {
    for (let at = 0; at < items.length; at += AT_A_TIME) await Promise.all(items.slice(at, at + AT_A_TIME).map(act));
  }
}
