// Taking a version out of the vault for good: a key that must not exist any more.

import type { VaultRef } from './vault.ts';

/**
 * Rules every adapter keeps; test/contracts/vault-removal.ts checks each of them:
 *
 * 1. After `destroy` the version cannot be read any more, by anybody; other versions of the name, and other names, are as they were.
 * 2. A version that is not there (destroyed already, never kept) is no problem.
 * 3. A bad name is a `bad-request` problem, as in `Vault`.
 * 4. `putOnce` answers the newest of what is left, and keeps its bytes where nothing is left.
 */
export interface VaultRemoval {
  destroy(ref: VaultRef): Promise<void>;
}
