// What the service remembers: items under keys, written only on conditions.

/** `Value` is what lives under the key; it exists for the compiler alone. Partition keys begin with the partner (architecture, 4). */
export interface Key<Value> {
  readonly partition: string;
  readonly sort: string;
  readonly value?: Value;
}

/** A place in a sparse index: the item is found there by time, as long as it carries the mark. */
export interface Mark {
  readonly shelf: string;
  readonly at: Date;
}

/** `due` finds what the clock must look at; `listed` is the order in which people see things. Absent = not found there. */
export interface Marks {
  readonly due?: Mark | undefined;
  readonly listed?: Mark | undefined;
}

export interface Item<Value> {
  readonly key: Key<Value>;
  readonly value: Value;
  /** Grows by one with each write; the condition of the next. */
  readonly version: number;
  readonly marks: Marks;
}

export interface Page<Value> {
  readonly items: readonly Item<Value>[];
  /** Where the next page begins; absent on the last one. Opaque, safe in a URL. */
  readonly next: string | undefined;
}

export interface Range {
  /** At most this many items, 1 to 100. */
  readonly limit: number;
  /** `next` of the page before. A cursor of another range is a `bad-request` problem. */
  readonly from?: string | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/inventory.ts checks each of them:
 *
 * 1. `find` reads what the last write left (strongly consistent).
 * 2. `add` writes only where nothing stands: it answers the new item, or undefined when there is one already.
 *    Of two concurrent `add`s exactly one wins.
 * 3. `replace` writes only over the version it was given; anything else is an `item-changed` problem. Marks are
 *    replaced with the value.
 * 4. `remove` is idempotent and unconditional.
 * 5. `list` pages through one partition in the order of the sort keys; `sortPrefix` narrows it.
 * 6. `listMarked` pages through one shelf of an index in the order of time, oldest first up to and including `until`, or newest
 *    first; only items that carry the mark are there. It may lag by moments behind a write; a page may then hold fewer than
 *    `limit` items, even none, and still have a next one. Items of one moment come in no particular order.
 * 7. Values are JSON: `undefined` fields vanish, nothing else changes; a value over 350 KB is a `bad-request` problem.
 * 8. What was written survives the end of the process, unless the adapter is called memory.
 */
export interface Inventory {
  find<Value>(key: Key<Value>): Promise<Item<Value> | undefined>;
  add<Value>(key: Key<Value>, value: Value, marks?: Marks): Promise<Item<Value> | undefined>;
  replace<Value>(item: Item<Value>, value: Value, marks?: Marks): Promise<Item<Value>>;
  remove<Value>(key: Key<Value>): Promise<void>;
  list<Value>(partition: string, range: Range & { readonly sortPrefix?: string }): Promise<Page<Value>>;
  listMarked<Value>(
    index: keyof Marks,
    shelf: string,
    range: Range & { readonly until?: Date; readonly order: 'oldest-first' | 'newest-first' },
  ): Promise<Page<Value>>;
}
