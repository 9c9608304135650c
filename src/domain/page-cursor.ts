// Where the next page begins, as text that is opaque, safe in a URL and good for its own range only.

import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

/** Three key parts of at most 2048 bytes each, as JSON in base64url, stay well under this. */
const MAX_CURSOR_LENGTH = 10_000;

/** What a page is a part of: everything but its size. Equal texts are the same range. */
export type CursorRange = readonly (string | undefined)[];

/**
 * `position` is where the page before ended, in the adapter's words. It is not secret and not signed: a forged one may begin elsewhere in
 * the *same* range and reach nothing else, because the range itself always comes from the caller.
 */
export function pageCursor(range: CursorRange, position: readonly string[]): string {
  return Buffer.from(JSON.stringify([rangeDigest(range), ...position])).toString('base64url');
}

/** The `parts` texts of the position, or a `bad-request` problem (field `from`) for anything that `pageCursor` did not make for this range. */
export function parsePageCursor(range: CursorRange, cursor: string, parts: number): readonly string[] {
  const [digest, ...position] = cursorTexts(cursor);
  if (digest !== rangeDigest(range) || position.length !== parts) throw foreignCursor();
  return position;
}

/** What every adapter says of a cursor it cannot use. */
export function foreignCursor(): Problem {
  return new Problem('bad-request', 'from is not the next of a page of this range', { field: 'from' });
}

function cursorTexts(cursor: string): readonly string[] {
  if (cursor.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw foreignCursor();
  const parsed = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parsed) || !parsed.every((part) => typeof part === 'string')) throw foreignCursor();
  return parsed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw foreignCursor();
  }
}

function rangeDigest(range: CursorRange): string {
  const text = JSON.stringify(range.map((part) => part ?? 0));
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
