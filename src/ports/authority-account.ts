// What an account may ask of its authority besides certificates: to be made, to be given another key, to take a leaf back.

import type { KeyObject } from 'node:crypto';
import type { RevocationReason } from '../domain/order.ts';

export interface Revocation {
  /** PEM; the leaf is the first certificate, others are not looked at. */
  readonly chainPem: string;
  readonly reason: RevocationReason;
  /** Private key of the leaf: whoever holds it may revoke, account or not. @default - the account asks */
  readonly leafKey?: KeyObject | undefined;
}

/**
 * Rules every adapter keeps; test/contracts/authority.ts checks each of them:
 *
 * 1. `ensureAccount` is idempotent by key: the same key answers the same account URL, and makes at most one account. Where the
 *    authority wants an external account binding and our settings have none, it is `ca-account-refused` before anything is sent.
 * 2. `findAccount` answers the account of the key, or undefined; it makes none.
 * 3. `changeKey` gives the account another key (RFC 8555, 7.3.5) and is sent once; from then on the old one is refused. A key that another
 *    account has is a `ca-refused` problem. It is not idempotent: whether it has happened is asked with the new key and `findAccount`.
 * 4. `revoke` takes the leaf back (RFC 8555, 7.6); one that is revoked already is no problem, one that is not ours is `ca-refused`.
 */
export interface AuthorityAccount {
  ensureAccount(): Promise<{ readonly accountUrl: string }>;
  findAccount(): Promise<{ readonly accountUrl: string } | undefined>;
  changeKey(newKey: KeyObject): Promise<void>;
  revoke(revocation: Revocation): Promise<void>;
}
