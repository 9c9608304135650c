// What may go into the inventory. Most rows are in the contract; here is what it does not reach.

import { describe, expect, it } from 'vitest';
import { compareKeyText, isSortableTime, sortableTime, valueText } from '../../src/domain/inventory-rules.ts';

describe('a sortable time', () => {
  it('sorts as text as it does as time', () => {
    const times = [-62_167_219_200_000, -1, 0, 1, Date.UTC(2026, 10, 1), 253_402_300_799_999];
    const texts = times.map((time) => sortableTime('due', new Date(time)));
    expect(texts).toEqual(texts.toSorted());
    expect(texts.every(isSortableTime)).toBe(true);
  });

  it.each([{ time: Number.NaN }, { time: -62_167_219_200_001 }, { time: 253_402_300_800_000 }])(
    'cannot be made of $time',
    ({ time }) => {
      expect(() => sortableTime('due', new Date(time))).toThrow(
        expect.objectContaining({ name: 'bad-request', field: 'due' }),
      );
    },
  );

  it.each([
    '',
    '2026-11-01',
    '2026-11-01T08:00:00Z',
    '2026-13-01T08:00:00.000Z',
    '2026-02-30T08:00:00.000Z',
    '+02026-11-01T08:00:00.000Z',
  ])('is not %j', (text) => {
    expect(isSortableTime(text)).toBe(false);
  });
});

describe('a value as text', () => {
  it.each([
    { what: 'a function', value: { act: () => 1 }, field: 'value.act' },
    { what: 'a symbol', value: Symbol('s'), field: 'value' },
    { what: 'a big integer', value: [1n], field: 'value.0' },
    { what: 'a thing of a class', value: new URL('http://a'), field: 'value' },
    { what: 'bytes', value: { bytes: Buffer.from('a') }, field: 'value.bytes' },
    { what: 'a thing that writes itself', value: { toJSON: () => 'x' }, field: 'value' },
    { what: 'a thing without constructor', value: Object.create(Object.create(null)), field: 'value' },
  ])('cannot be made of $what', ({ value, field }) => {
    expect(() => valueText(value)).toThrow(expect.objectContaining({ name: 'bad-request', field }));
  });

  it('cannot be made of a value without end', () => {
    const value: { inner?: object } = {};
    value.inner = value;
    expect(() => valueText(value)).toThrow(expect.objectContaining({ name: 'bad-request' }));
  });

  it('is made of objects without a prototype', () => {
    expect(valueText(Object.assign(Object.create(null), { a: [null, true, 1, ''] }))).toBe('{"a":[null,true,1,""]}');
  });
});

it('compares keys by their bytes', () => {
  expect(compareKeyText('\uff5e', '\u{1f512}')).toBeLessThan(0);
  expect(compareKeyText('a', 'a')).toBe(0);
});
