// The memory vault keeps the rules the others keep.

import { describe } from 'vitest';
import { MemoryVault } from '../../src/adapters/memory/memory-vault.ts';
import { vaultContract } from '../contracts/vault.ts';
import { vaultRemovalContract } from '../contracts/vault-removal.ts';

describe('MemoryVault', () => {
  vaultContract(async () => new MemoryVault());
  vaultRemovalContract(async () => new MemoryVault());
});
