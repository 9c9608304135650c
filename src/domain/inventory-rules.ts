// What may go into the inventory, whichever adapter keeps it: keys, marks, page sizes and values as JSON text.

import { Problem } from './problem.ts';

/** 350 KB, so that an item with its keys and marks stays under DynamoDB's 400 KB. */
export const MAX_VALUE_BYTES = 350 * 1024;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys */
const MAX_PARTITION_BYTES = 2048;
const MAX_SORT_BYTES = 1024;

const MAX_PAGE = 100;

/** Deeper values are a mistake or an attack; walking them must not exhaust the stack. */
const MAX_DEPTH = 100;

/** A `bad-request` problem unless both parts are well-formed text, not empty, of at most 2048 and 1024 bytes of UTF-8. */
export function checkKey(key: { readonly partition: string; readonly sort: string }): void {
  checkKeyPart('partition', key.partition, MAX_PARTITION_BYTES);
  checkKeyPart('sort', key.sort, MAX_SORT_BYTES);
}

/** A partition of a table or a shelf of an index. */
export function checkPartition(field: 'partition' | 'shelf', text: string): void {
  checkKeyPart(field, text, MAX_PARTITION_BYTES);
}

/** A `bad-request` problem unless `limit` is a whole number from 1 to 100. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return;
  throw new Problem('bad-request', `limit is ${limit}; it must be a whole number from 1 to ${MAX_PAGE}`, {
    field: 'limit',
  });
}

/** ISO 8601 with four digits of year and milliseconds: text whose order is the order of time. Other years have no such text. */
export function sortableTime(field: string, at: Date): string {
  const year = at.getUTCFullYear();
  if (year >= 0 && year <= 9999) return at.toISOString();
  throw new Problem('bad-request', `${field} is not a time between the years 0 and 9999`, { field });
}

/** Whether the text is one that `sortableTime` writes. */
export function isSortableTime(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return false;
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString() === text;
}

/**
 * The value as JSON text. Fields that are `undefined` vanish; whatever else JSON would drop or change in silence (dates, NaN, maps,
 * functions, holes) is a `bad-request` problem that names the field, and so is a text over 350 KB.
 */
export function valueText(value: unknown): string {
  checkJson(value, 'value', 0);
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_VALUE_BYTES) return text;
  throw new Problem('bad-request', `value has ${bytes} bytes; at most ${MAX_VALUE_BYTES} are kept`, { field: 'value' });
}

/** Order of keys as DynamoDB has it: by bytes of UTF-8, which is not the order of JavaScript's text. */
export function compareKeyText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function checkKeyPart(field: string, text: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes >= 1 && bytes <= maxBytes && text.isWellFormed()) return;
  throw new Problem('bad-request', `${field} must be well-formed text of 1 to ${maxBytes} bytes; it has ${bytes}`, {
    field,
  });
}

function checkJson(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'object' || depth > MAX_DEPTH || 'toJSON' in value) throw notJson(value, path);
  if (Array.isArray(value)) {
    // by index: a hole is visited by no iterator and would become null
    for (let index = 0; index < value.length; index += 1) checkJson(value[index], `${path}.${index}`, depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw notJson(value, path);
  for (const [name, inner] of Object.entries(value)) {
    if (inner !== undefined) checkJson(inner, `${path}.${name}`, depth + 1);
  }
}

function notJson(value: unknown, path: string): Problem {
  const kind = typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : typeof value;
  return new Problem('bad-request', `${path} is not JSON (${kind})`, { field: path });
}
