// A page of the inventory as a DynamoDB query: its conditions, where it starts, and the cursor to the next.

import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { checkKey, checkLimit, checkPartition, isSortableTime, sortableTime } from '../../domain/inventory-rules.ts';
import { type CursorRange, foreignCursor, pageCursor, parsePageCursor } from '../../domain/page-cursor.ts';
import type { Key, Marks, Range } from '../../ports/inventory.ts';
import { inventoryAttributes } from './inventory-table.ts';

/** Attributes of a record or of an index entry, as DynamoDB answers them. */
export type RawRecord = Readonly<Record<string, unknown>>;

export interface RangeQuery {
  readonly query: Omit<QueryCommandInput, 'TableName' | 'Limit'>;
  /** The cursor of the page that begins after this record. */
  readonly cursorAfter: (record: RawRecord) => string;
}

/** Records of one partition in the order of their sort keys. Bad limits, keys and cursors are `bad-request` problems. */
export function partitionRange(partition: string, range: Range & { readonly sortPrefix?: string }): RangeQuery {
  checkPartition('partition', partition);
  checkLimit(range.limit);
  const { sortPrefix = '', from } = range;
  const cursorRange = ['list', partition, sortPrefix] as const;
  return {
    query: {
      ConsistentRead: true,
      KeyConditionExpression: sortPrefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': partition, ...(sortPrefix !== '' && { ':prefix': sortPrefix }) },
      ExclusiveStartKey: from === undefined ? undefined : partitionStart(cursorRange, from),
    },
    cursorAfter: (record) => pageCursor(cursorRange, [String(record.sk)]),
  };
}

/** Entries of one shelf of an index in the order of time. */
export function shelfRange(
  index: keyof Marks,
  shelf: string,
  range: Range & { readonly until?: Date; readonly order: 'oldest-first' | 'newest-first' },
): RangeQuery {
  checkPartition('shelf', shelf);
  checkLimit(range.limit);
  const names = inventoryAttributes.indexes[index];
  const until = range.until && sortableTime('until', range.until);
  const cursorRange: CursorRange = ['marked', index, shelf, range.order, until];
  return {
    query: {
      IndexName: index,
      ScanIndexForward: range.order === 'oldest-first',
      KeyConditionExpression: until === undefined ? '#shelf = :shelf' : '#shelf = :shelf AND #at <= :until',
      ExpressionAttributeNames: { '#shelf': names.shelf, ...(until !== undefined && { '#at': names.at }) },
      ExpressionAttributeValues: { ':shelf': shelf, ...(until !== undefined && { ':until': until }) },
      ExclusiveStartKey:
        range.from === undefined
          ? undefined
          : { ...shelfStart(names.at, cursorRange, range.from), [names.shelf]: shelf },
    },
    cursorAfter: (entry) => pageCursor(cursorRange, [String(entry[names.at]), String(entry.pk), String(entry.sk)]),
  };
}

/** DynamoDB would refuse a start outside the range in its own words; a forged cursor is refused here, in ours. */
function partitionStart(range: readonly [string, string, string], from: string): RawRecord {
  const [, partition, sortPrefix] = range;
  const [sort = ''] = parsePageCursor(range, from, 1);
  if (!sort.startsWith(sortPrefix)) throw foreignCursor();
  return startKey({ partition, sort });
}

function shelfStart(atName: string, range: CursorRange, from: string): RawRecord {
  const until = range.at(-1);
  const [at = '', partition = '', sort = ''] = parsePageCursor(range, from, 3);
  if (!isSortableTime(at) || (until !== undefined && at > until)) throw foreignCursor();
  return { ...startKey({ partition, sort }), [atName]: at };
}

function startKey(key: Key<unknown>): RawRecord {
  try {
    checkKey(key);
  } catch {
    throw foreignCursor();
  }
  return { pk: key.partition, sk: key.sort };
}
