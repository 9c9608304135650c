// The keys that sign the links in our mails.

/**
 * Rules: 32 random bytes each, drawn once and kept; the first signs, all of them are taken, so that one can be replaced while mails with the one before are
 * still being read. An unreachable one is `inventory-unavailable`.
 */
export interface LinkKeys {
  list(): Promise<readonly [Uint8Array, ...Uint8Array[]]>;
}
