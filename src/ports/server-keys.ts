// The keys a customer's server lets our account in with: another one put beside them, and those before taken away once it is proven.

import type { ApplianceAddress } from './appliances.ts';

/** OpenSSH before 6.5 (EL6 has 5.3) knows no ed25519, and before 5.7 no ECDSA. */
export type SshKeyKind = 'ed25519' | 'ecdsa-p256' | 'rsa-3072';

/**
 * Rules every adapter keeps; test/contracts/server-keys.ts checks each of them:
 *
 * 1. `open` logs in with the one key the address names, exactly once; problems are those of `Appliances.open`. Every call has a deadline; a lost
 *    connection is `server-unreachable`.
 * 2. `admit` puts the line beside those that are there, which stay as they are; the same line is not put there twice, and another line with the same key is
 *    replaced by it.
 * 3. `retire` takes away every line with one of the keys, and no other; a key that is not there is no problem. Which keys are left is never none: to
 *    take away the key that one is logged in with is `keys-not-changed`.
 * 4. Where the file of the account does not hold the key that one is logged in with, something else decides who is let in: `keys-not-changed`,
 *    and nothing is touched. So it is where the file cannot be replaced; no room is `disk-full`.
 * 5. The file is replaced whole or not at all, however a call ends; for the account alone to read (0600).
 * 6. `holds` changes nothing.
 * 7. A pair that `make` drew can be logged in with once it is admitted; `publicHalf` of it is what `ssh-keygen -y` prints, without a comment.
 */
export interface ServerKeys {
  open(address: ApplianceAddress): Promise<AuthorizedKeys>;
  /** Draws a pair; answers the private half, in a form `open` reads. */
  make(kind: SshKeyKind): Promise<string>;
  /** `ssh-ed25519 AAAA…`; `profile-unknown` for a private key nobody can read. */
  publicHalf(privateKey: string): string;
}

/** Over one connection, which is logged in with one of them. */
export interface AuthorizedKeys {
  /** Of the server, as seen now: `SHA256:…`. */
  readonly hostKey: string;
  /** A line of `authorizedKeyLines`, restrictions included. */
  admit(line: string): Promise<void>;
  /** `ssh-ed25519 AAAA…`. */
  holds(publicKey: string): Promise<boolean>;
  retire(publicKeys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
