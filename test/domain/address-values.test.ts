// Sets of addresses are compared by what they mean.

import { expect, it } from 'vitest';
import { sameAddresses } from '../../src/domain/address-values.ts';

it.each([
  { a: [], b: [], same: true },
  { a: ['203.0.113.7'], b: [], same: false },
  { a: ['203.0.113.7', '203.0.113.8'], b: ['203.0.113.8', '203.0.113.7'], same: true },
  { a: ['203.0.113.7', '203.0.113.7'], b: ['203.0.113.7'], same: true },
  { a: ['203.0.113.7'], b: ['203.0.113.70'], same: false },
  { a: ['2001:DB8::1'], b: ['2001:db8:0:0:0:0:0:1'], same: true },
  { a: ['2001:db8::1'], b: ['2001:db8::2'], same: false },
  { a: ['not:an:address'], b: ['not:an:address'], same: true },
])('$a and $b are the same: $same', ({ a, b, same }) => {
  expect(sameAddresses(a, b)).toBe(same);
  expect(sameAddresses(b, a)).toBe(same);
});
