// Server keys in memory keep the contract.

import { describe } from 'vitest';
import { MemoryServerKeys } from '../../../src/adapters/memory/memory-server-keys.ts';
import { serverKeysContract } from '../../contracts/server-keys.ts';
import { profile } from '../../support/order-world.ts';

const ADDRESS = '203.0.113.10';
const HOST_KEY = `SHA256:${'A'.repeat(43)}`;

describe('MemoryServerKeys', () => {
  serverKeysContract(async () => {
    const [ours, stranger] = ['private half of ours', 'private half of a stranger'];
    let next = ours;
    const keys = new MemoryServerKeys(async () => next);
    keys.furnish(ADDRESS, [`${keys.publicHalf(ours)} ucx-certs`]);
    return {
      keys,
      ours,
      stranger,
      hostKey: HOST_KEY,
      options: '',
      open: async ({ privateKey = ours, hostKey = HOST_KEY, at } = {}) => {
        next = privateKey;
        return await keys.open({ address: at === 'nowhere' ? '203.0.113.99' : ADDRESS, profile, hostKey });
      },
      lines: async () => keys.lines(ADDRESS),
      append: async (line) => keys.append(ADDRESS, line),
      refusals: async () => keys.count(ADDRESS, 'refusals'),
      hinder: async (how) => keys.turn(ADDRESS, how === 'unwritable' ? { unwritable: true } : { diskFull: true }),
      moveElsewhere: async () => keys.turn(ADDRESS, { keysElsewhere: true }),
      close: async () => undefined,
    };
  });
});
