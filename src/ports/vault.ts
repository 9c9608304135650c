// Where private keys, account keys and chains are kept, by reference.

/** Names a kept thing and the version of it; holds no secret, may travel in payloads and logs. */
export interface VaultRef {
  readonly name: string;
  readonly version: string;
}

/**
 * Rules every adapter keeps; test/contracts/vault.ts checks each of them:
 *
 * 1. `put` keeps a new version and answers its reference; earlier versions stay readable by theirs.
 * 2. `putOnce` keeps the bytes only if the name holds nothing yet, and answers the reference of what the name holds
 *    now: of two concurrent callers both get the same reference.
 * 3. `get` answers exactly the bytes of that version; a missing one is a `vault-item-missing` problem that names the reference.
 * 4. A name is 1 to 200 characters of a-z, 0-9, `-`, `.`, `_` and `/`, no empty or dotted segment; another one is a `bad-request` problem and touches nothing.
 * 5. What `put` has acknowledged survives a crash; a crash within `put` leaves either the whole version or none.
 * 6. Nothing lists or exports. Where files hold it, folders are 0700 and files 0600.
 */
export interface Vault {
  put(name: string, bytes: Uint8Array): Promise<VaultRef>;
  putOnce(name: string, bytes: Uint8Array): Promise<VaultRef>;
  get(ref: VaultRef): Promise<Uint8Array>;
}
