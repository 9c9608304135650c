// An item of the inventory as DynamoDB keeps it, and back.

import { checkKey, checkPartition, sortableTime, valueText } from '../../domain/inventory-rules.ts';
import type { Item, Key, Mark, Marks } from '../../ports/inventory.ts';
import { inventoryAttributes } from './inventory-table.ts';

/**
 * `value` is JSON text, not a map: it comes back exactly as it went in (DynamoDB's numbers end at 38 digits and its maps at 32 levels), its
 * size is what we count, and nothing here asks DynamoDB to look inside. `w` names the write that made the record.
 */
export interface InventoryRecord {
  readonly pk: string;
  readonly sk: string;
  readonly v: number;
  readonly w: string;
  readonly value: string;
  readonly duePk?: string;
  readonly dueAt?: string;
  readonly listedPk?: string;
  readonly listedAt?: string;
}

export interface RecordWrite {
  readonly version: number;
  readonly token: string;
  readonly marks: Marks;
}

/** Bad keys, marks and values are `bad-request` problems. */
export function recordOf(key: Key<unknown>, value: unknown, write: RecordWrite): InventoryRecord {
  checkKey(key);
  return {
    pk: key.partition,
    sk: key.sort,
    v: write.version,
    w: write.token,
    value: valueText(value),
    ...markAttributes('due', write.marks.due),
    ...markAttributes('listed', write.marks.listed),
  };
}

/** What the table holds is ours; if it is not in this form, somebody else wrote it, and that is a bug to be seen. */
export function itemOfRecord<Value>(raw: Readonly<Record<string, unknown>>): Item<Value> {
  const { pk, sk, v, value } = raw;
  if (typeof pk !== 'string' || typeof sk !== 'string' || typeof v !== 'number' || typeof value !== 'string') {
    throw new Error(`item "${String(pk)}" "${String(sk)}" is not a record of the inventory`);
  }
  const due = markOf(raw, 'due');
  const listed = markOf(raw, 'listed');
  return {
    key: { partition: pk, sort: sk },
    value: JSON.parse(value) as Value,
    version: v,
    marks: { ...(due && { due }), ...(listed && { listed }) },
  };
}

function markAttributes(index: keyof Marks, mark: Mark | undefined): Partial<InventoryRecord> {
  if (!mark) return {};
  checkPartition('shelf', mark.shelf);
  const { shelf, at } = inventoryAttributes.indexes[index];
  return { [shelf]: mark.shelf, [at]: sortableTime(index, mark.at) };
}

function markOf(raw: Readonly<Record<string, unknown>>, index: keyof Marks): Mark | undefined {
  const names = inventoryAttributes.indexes[index];
  const shelf = raw[names.shelf];
  const at = raw[names.at];
  return typeof shelf === 'string' && typeof at === 'string' ? { shelf, at: new Date(at) } : undefined;
}
