// BER read with its very bytes: what is one element, what is none, and how deep and long it may be.

import { describe, expect, it } from 'vitest';
import { childrenOf, countOf, octetsOf, oidOf, readElement } from '../../../src/adapters/forge/ber-element.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const read = (text: string) => readElement(hex(text));

describe('readElement', () => {
  it.each([
    ['a short length', '30 03 020105', '30 03 020105'],
    ['a long length', '30 82 0003 020105 ff', '30 82 0003 020105'],
    ['an indefinite length', '30 80 020105 0000 ff', '30 80 020105 0000'],
    ['indefinite lengths in one another', '30 80 30 80 0500 0000 0000', '30 80 30 80 0500 0000 0000'],
  ])('keeps the bytes of %s, and leaves what follows', (_, bytes, raw) => {
    expect(read(bytes)?.raw).toEqual(hex(raw));
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['a length beyond the end', '30 04 020105'],
    ['a length of more octets than there are', '30 84 00'],
    ['an indefinite length without an end', '30 80 020105'],
    ['an indefinite length of a primitive', '04 80 00 0000'],
    ['a tag of many octets', '3f 81 01 00'],
  ])('is undefined for %s', (_, bytes) => {
    expect(read(bytes)).toBeUndefined();
  });

  it('goes 24 levels deep, and steps over 10,000 elements', () => {
    const nested = (levels: number) => hex(`${'3080'.repeat(levels)}${'0000'.repeat(levels)}`);
    expect([nested(25), nested(26)].map((bytes) => readElement(bytes) !== undefined)).toEqual([true, false]);
    const siblings = (count: number) => hex(`3080${'0500'.repeat(count)}0000`);
    expect([siblings(9_999), siblings(10_000)].map((bytes) => readElement(bytes) !== undefined)).toEqual([true, false]);
  });
});

describe('what an element holds', () => {
  const of = (text: string) => read(text) ?? { tag: 0, raw: hex(''), content: hex('') };

  it('children that fill it exactly', () => {
    expect(childrenOf(of('30 06 020101 020102'))?.map(countOf)).toEqual([1, 2]);
    expect(childrenOf(of('30 05 020101 0201'))).toBeUndefined();
    expect(childrenOf(of('02 01 05'))).toBeUndefined();
  });

  it('octets, in one piece or in many', () => {
    expect(octetsOf(of('04 02 abcd'))).toEqual(hex('abcd'));
    expect(octetsOf(of('24 80 0401ab 24 03 0401cd 0000'))).toEqual(hex('abcd'));
    expect(octetsOf(of('a0 03 0401ab'), 0x80)).toEqual(hex('ab'));
    expect(octetsOf(of('24 03 020101'))).toBeUndefined();
  });

  it('object identifiers and counts', () => {
    expect(oidOf(of('06 09 2a864886f70d010702'))).toBe('1.2.840.113549.1.7.2');
    expect(oidOf(of('06 03 883703'))).toBe('2.999.3');
    expect(oidOf(of('02 01 05'))).toBeUndefined();
    expect(['020100', '02020100', '0201ff', '020900ffffffffffffffff', '0200'].map((one) => countOf(of(one)))).toEqual([
      0,
      256,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
