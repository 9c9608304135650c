// Whose each partition is: a partner's things begin with the partner, and no two partitions are one.

import { describe, expect, it } from 'vitest';
import * as keys from '../../src/domain/inventory-key.ts';

const partitions = (partner: string, order: string) => [
  keys.ordersPartition(partner),
  keys.serversPartition(partner),
  keys.appointmentsPartition(partner),
  keys.guardPartition(partner),
  keys.holdPartition(partner),
  keys.timelinePartition(partner, order),
  keys.noticesPartition(partner, order),
  keys.workPartition(partner, order),
];

describe('partitions', () => {
  it('of a partner begin with the partner', () => {
    for (const partition of partitions('northwind', 'o1')) expect(partition).toMatch(/^P#northwind#/);
  });

  it('are each of one thing, of one partner and one order', () => {
    const all = [
      ...partitions('northwind', 'o1'),
      ...partitions('northwind', 'o2').slice(5),
      ...partitions('southwind', 'o1'),
      keys.claimPartition('pbx.northwind.test'),
      keys.accountPartition('sandbox'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('of the service itself are nobody’s', () => {
    expect(keys.claimPartition('pbx.northwind.test')).toBe('SERVICE#HOSTNAME#pbx.northwind.test');
    expect(keys.accountPartition('sandbox')).toBe('SERVICE#AUTHORITY#sandbox');
  });
});

describe('the key of a recipient', () => {
  it('is the same however the address is written, and is not the address', () => {
    expect(keys.recipientKey('Ana@Northwind.test')).toBe(keys.recipientKey('ana@northwind.test'));
    expect(keys.recipientKey('ana@northwind.test')).toMatch(/^[0-9a-f]{16}$/);
    expect(keys.recipientKey('ana@northwind.test')).not.toBe(keys.recipientKey('bo@northwind.test'));
  });
});
