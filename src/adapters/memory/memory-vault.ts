// The vault in memory, for tests: same names, same versions, gone with the process.

import { randomUUID } from 'node:crypto';
import { checkVaultName, missingFromVault } from '../../domain/vault-name.ts';
import type { Vault, VaultRef } from '../../ports/vault.ts';
import type { VaultRemoval } from '../../ports/vault-removal.ts';

export class MemoryVault implements Vault, VaultRemoval {
  /** Versions of a name, oldest first. */
  readonly #kept = new Map<string, { readonly version: string; readonly bytes: Uint8Array }[]>();

  async put(name: string, bytes: Uint8Array): Promise<VaultRef> {
    checkVaultName(name);
    const version = randomUUID();
    this.#kept.set(name, [...(this.#kept.get(name) ?? []), { version, bytes: Uint8Array.from(bytes) }]);
    return { name, version };
  }

  async putOnce(name: string, bytes: Uint8Array): Promise<VaultRef> {
    checkVaultName(name);
    const latest = this.#kept.get(name)?.at(-1);
    return latest ? { name, version: latest.version } : this.put(name, bytes);
  }

  async get(ref: VaultRef): Promise<Uint8Array> {
    checkVaultName(ref.name);
    const kept = this.#kept.get(ref.name)?.find(({ version }) => version === ref.version);
    if (!kept) throw missingFromVault(ref);
    return Uint8Array.from(kept.bytes);
  }

  async destroy(ref: VaultRef): Promise<void> {
    checkVaultName(ref.name);
    const left = (this.#kept.get(ref.name) ?? []).filter(({ version }) => version !== ref.version);
    this.#kept.set(ref.name, left);
  }
}
