// The memory vault keeps the rules the others keep.

import { describe } from 'vitest';
import { MemoryVault } from '../../src/adapters/memory/memory-vault.ts';
import { vaultContract } from '../contracts/vault.ts';

describe('MemoryVault', () => {
  vaultContract(async () => new MemoryVault());
});
