// MemoryPublicDns keeps the contract of the port.

import { describe } from 'vitest';
import { MemoryPublicDns } from '../../../src/adapters/memory/memory-public-dns.ts';
import { publicDnsContract } from '../../contracts/public-dns.ts';

describe('MemoryPublicDns', () => {
  publicDnsContract(async () => {
    const dns = new MemoryPublicDns();
    return {
      dns,
      putCaa: (name, records) => dns.putCaa(name, records),
      putRecords: (name, type, values) => dns.putRecords(name, type, values),
      turn: (name, dnssec) => dns.turn(name, dnssec),
    };
  });
});
