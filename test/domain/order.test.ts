// What makes two orders the same one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClosed, type OrderRequest, type OrderState, orderId, requestHash } from '../../src/domain/order.ts';

const request: OrderRequest = {
  hostname: 'pbx.northwind.test',
  customer: 'Northwind Traders',
  publicIp: '203.0.113.10',
  sitePort: 21_326,
  connectionProfile: 'ucx-ssh',
  contacts: [
    { name: 'Ana', email: 'ana@northwind.test' },
    { name: undefined, email: 'bo@northwind.test' },
  ],
  windowPolicy: {
    timeZone: 'America/Toronto',
    windows: [{ day: 'wednesday', start: '02:00', end: '04:00' }],
    minimumNoticeSeconds: 3600,
    confirmation: 'nobody',
    maxActiveCalls: 0,
  },
  authority: 'sandbox',
  keyType: 'rsa-2048',
};

describe('an order id', () => {
  it('is the same for the same partner and key, on any machine and at any time', () => {
    expect(orderId('emetrotel', 'k1')).toBe('aijecmuls2kui3uhjceoqhiu25');
  });

  it('may name an execution, and differs with partner and key, wherever the one ends and the other begins', () => {
    const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        expect(orderId(a, b)).toMatch(/^[a-z2-7]{26}$/);
        expect(orderId(a, b) === orderId(c, d)).toBe(a === c && b === d);
      }),
      { seed: 20_270_111 },
    );
    expect(orderId('ab', 'c')).not.toBe(orderId('a', 'bc'));
  });
});

describe('the hash of a request', () => {
  const { windowPolicy, ...rest } = request;

  it('does not see the order of fields, nor fields that are absent', () => {
    const { timeZone, ...times } = windowPolicy;
    const turned = { ...rest, windowPolicy: { ...times, timeZone } };
    const reversed = Object.fromEntries(Object.entries(turned).reverse()) as unknown as OrderRequest;
    expect(requestHash(reversed)).toBe(requestHash(request));
    const contacts = [{ email: 'ana@northwind.test', name: 'Ana' }, { email: 'bo@northwind.test' }];
    expect(requestHash({ ...request, contacts } as OrderRequest)).toBe(requestHash(request));
  });

  it.each<Partial<OrderRequest>>([
    { hostname: 'pbx2.northwind.test' },
    { sitePort: 21_327 },
    { keyType: 'ec-p256' },
    { contacts: [...request.contacts].reverse() },
    { contacts: [] },
    { windowPolicy: { ...windowPolicy, windows: [{ day: 'thursday', start: '02:00', end: '04:00' }] } },
  ])('sees %j', (change) => {
    expect(requestHash({ ...request, ...change })).not.toBe(requestHash(request));
  });

  it('survives being kept as JSON', () => {
    expect(requestHash(JSON.parse(JSON.stringify(request)))).toBe(requestHash(request));
  });

  it('has a place for what JSON drops from a list', () => {
    const holed = { ...request, contacts: [undefined] } as unknown as OrderRequest;
    expect(requestHash(holed)).toBe(requestHash({ ...request, contacts: [null] } as unknown as OrderRequest));
  });
});

it.each<{ state: OrderState; closed: boolean }>([
  { state: 'accepted', closed: false },
  { state: 'working', closed: false },
  { state: 'awaiting-window', closed: false },
  { state: 'activating', closed: false },
  { state: 'done', closed: true },
  { state: 'needs-attention', closed: true },
  { state: 'cancelled', closed: true },
])('an order that is $state is closed: $closed', ({ state, closed }) => {
  expect(isClosed({ state })).toBe(closed);
});
