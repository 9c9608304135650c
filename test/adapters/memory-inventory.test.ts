// The memory inventory keeps the rules the others keep.

import { describe } from 'vitest';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { inventoryContract } from '../contracts/inventory.ts';

describe('MemoryInventory', () => {
  inventoryContract(async () => new MemoryInventory());
});
