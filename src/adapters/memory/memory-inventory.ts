// The inventory in memory, for tests: same rules, same pages, gone with the process.

import {
  checkKey,
  checkLimit,
  checkPartition,
  compareKeyText,
  isSortableTime,
  sortableTime,
  valueText,
} from '../../domain/inventory-rules.ts';
import { type CursorRange, foreignCursor, pageCursor, parsePageCursor } from '../../domain/page-cursor.ts';
import { Problem } from '../../domain/problem.ts';
import type { Inventory, Item, Key, Mark, Marks, Page, Range } from '../../ports/inventory.ts';

/** Values are kept as text, so that nobody changes what is kept by changing what was given or answered. */
interface Kept {
  readonly partition: string;
  readonly sort: string;
  readonly text: string;
  readonly version: number;
  readonly marks: { readonly due: KeptMark | undefined; readonly listed: KeptMark | undefined };
}

interface KeptMark {
  readonly shelf: string;
  readonly at: string;
}

export class MemoryInventory implements Inventory {
  readonly #kept = new Map<string, Kept>();

  async find<Value>(key: Key<Value>): Promise<Item<Value> | undefined> {
    checkKey(key);
    const kept = this.#kept.get(placeOf(key));
    return kept && itemOf<Value>(kept);
  }

  async add<Value>(key: Key<Value>, value: Value, marks: Marks = {}): Promise<Item<Value> | undefined> {
    const wanted = keptOf(key, value, { version: 1, marks });
    if (this.#kept.has(placeOf(key))) return undefined;
    this.#kept.set(placeOf(key), wanted);
    return itemOf<Value>(wanted);
  }

  async replace<Value>(item: Item<Value>, value: Value, marks: Marks = {}): Promise<Item<Value>> {
    const wanted = keptOf(item.key, value, { version: item.version + 1, marks });
    const standing = this.#kept.get(placeOf(item.key));
    if (standing?.version !== item.version) {
      throw new Problem(
        'item-changed',
        `item "${item.key.partition}" "${item.key.sort}" is not at version ${item.version}`,
      );
    }
    this.#kept.set(placeOf(item.key), wanted);
    return itemOf<Value>(wanted);
  }

  async remove<Value>(key: Key<Value>): Promise<void> {
    checkKey(key);
    this.#kept.delete(placeOf(key));
  }

  async list<Value>(partition: string, range: Range & { readonly sortPrefix?: string }): Promise<Page<Value>> {
    checkPartition('partition', partition);
    checkLimit(range.limit);
    const { sortPrefix = '' } = range;
    const cursorRange = ['list', partition, sortPrefix];
    const after = range.from === undefined ? undefined : parsePageCursor(cursorRange, range.from, 1)[0];
    const found = [...this.#kept.values()]
      .filter((kept) => kept.partition === partition && kept.sort.startsWith(sortPrefix))
      .filter((kept) => after === undefined || compareKeyText(kept.sort, after) > 0)
      .sort((a, b) => compareKeyText(a.sort, b.sort));
    return pageOf<Value>(found, range.limit, (last) => pageCursor(cursorRange, [last.sort]));
  }

  async listMarked<Value>(
    index: keyof Marks,
    shelf: string,
    range: Range & { readonly until?: Date; readonly order: 'oldest-first' | 'newest-first' },
  ): Promise<Page<Value>> {
    checkPartition('shelf', shelf);
    checkLimit(range.limit);
    const until = range.until && sortableTime('until', range.until);
    const cursorRange: CursorRange = ['marked', index, shelf, range.order, until];
    const direction = range.order === 'oldest-first' ? 1 : -1;
    const after = range.from === undefined ? undefined : positionOf(parsePageCursor(cursorRange, range.from, 3));
    const found = [...this.#kept.values()]
      .map((kept) => ({ kept, position: [kept.marks[index]?.at ?? '', kept.partition, kept.sort] as const }))
      .filter(({ kept }) => kept.marks[index]?.shelf === shelf)
      .filter(({ position }) => until === undefined || position[0] <= until)
      .filter(({ position }) => after === undefined || comparePositions(position, after) * direction > 0)
      .sort((a, b) => comparePositions(a.position, b.position) * direction)
      .map(({ kept }) => kept);
    return pageOf<Value>(found, range.limit, (last) =>
      pageCursor(cursorRange, [last.marks[index]?.at ?? '', last.partition, last.sort]),
    );
  }
}

type Position = readonly [at: string, partition: string, sort: string];

function positionOf([at = '', partition = '', sort = '']: readonly string[]): Position {
  if (!isSortableTime(at)) throw foreignCursor();
  return [at, partition, sort];
}

function comparePositions(a: Position, b: Position): number {
  return compareKeyText(a[0], b[0]) || compareKeyText(a[1], b[1]) || compareKeyText(a[2], b[2]);
}

function placeOf(key: Key<unknown>): string {
  return JSON.stringify([key.partition, key.sort]);
}

function keptOf(key: Key<unknown>, value: unknown, write: { version: number; marks: Marks }): Kept {
  checkKey(key);
  return {
    partition: key.partition,
    sort: key.sort,
    text: valueText(value),
    version: write.version,
    marks: { due: keptMark('due', write.marks.due), listed: keptMark('listed', write.marks.listed) },
  };
}

function keptMark(field: string, mark: Mark | undefined): KeptMark | undefined {
  if (!mark) return undefined;
  checkPartition('shelf', mark.shelf);
  return { shelf: mark.shelf, at: sortableTime(field, mark.at) };
}

function itemOf<Value>(kept: Kept): Item<Value> {
  const { due, listed } = kept.marks;
  return {
    key: { partition: kept.partition, sort: kept.sort },
    value: JSON.parse(kept.text) as Value,
    version: kept.version,
    marks: {
      ...(due && { due: { shelf: due.shelf, at: new Date(due.at) } }),
      ...(listed && { listed: { shelf: listed.shelf, at: new Date(listed.at) } }),
    },
  };
}

function pageOf<Value>(found: readonly Kept[], limit: number, cursorAfter: (last: Kept) => string): Page<Value> {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((kept) => itemOf<Value>(kept)),
    next: last && found.length > limit ? cursorAfter(last) : undefined,
  };
}
