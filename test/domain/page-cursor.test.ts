// A cursor is good for its own range and for nothing else.

import { describe, expect, it } from 'vitest';
import { pageCursor, parsePageCursor } from '../../src/domain/page-cursor.ts';

const range = ['list', 'P#p', undefined];

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

describe('a page cursor', () => {
  it.each([
    { what: 'one part', position: ['a'] },
    { what: 'several', position: ['2026-11-01T08:00:00.000Z', 'P#p', 'é\u{1f512}"\\'] },
    { what: 'long ones', position: ['x'.repeat(2048), 'y'.repeat(1024)] },
  ])('gives its position back: $what', ({ position }) => {
    const cursor = pageCursor(range, position);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(parsePageCursor(range, cursor, position.length)).toEqual(position);
  });

  const good = pageCursor(range, ['a', 'b']);
  const digest = (JSON.parse(Buffer.from(good, 'base64url').toString()) as string[])[0] ?? '';
  it.each([
    { what: 'of another range', cursor: pageCursor(['list', 'P#q', undefined], ['a', 'b']) },
    { what: 'of a range whose parts are cut elsewhere', cursor: pageCursor(['list', 'P#p'], ['a', 'b']) },
    { what: 'of a range with an empty part', cursor: pageCursor(['list', 'P#p', ''], ['a', 'b']) },
    { what: 'with a part too few', cursor: pageCursor(range, ['a']) },
    { what: 'with a part too many', cursor: pageCursor(range, ['a', 'b', 'c']) },
    { what: 'that is empty', cursor: '' },
    { what: 'with another alphabet', cursor: `${good}=` },
    { what: 'that is no JSON', cursor: encoded('no JSON') },
    { what: 'that is no list', cursor: encoded('{"0":"a"}') },
    { what: 'that is null', cursor: encoded('null') },
    { what: 'with parts that are no text', cursor: encoded(JSON.stringify([digest, 'a', 1])) },
    { what: 'that is very long', cursor: pageCursor(range, ['x'.repeat(10_000), 'b']) },
  ])('refuses a text $what', ({ cursor }) => {
    expect(() => parsePageCursor(range, cursor, 2)).toThrow(
      expect.objectContaining({ name: 'bad-request', field: 'from' }),
    );
  });
});
