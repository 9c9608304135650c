// The private keys of our logins: the first of a partner is a secret that ops wrote, later ones were drawn and are in the vault.

import { secretSshKeys } from '../../src/adapters/aws/secret-ssh-keys.ts';
import { type PrivateKeys, vaultPrivateKeys } from '../../src/adapters/ssh/server-connection.ts';
import type { ApplianceAddress } from '../../src/ports/appliances.ts';
import { secretNames, setting } from '../settings.ts';
import { secrets } from './secrets.ts';
import { vault } from './vault.ts';

export function sshLogins(partner: string): PrivateKeys {
  const first = secretSshKeys<ApplianceAddress>(secrets(), () => secretNames.sshKey(setting('prefix'), partner));
  return vaultPrivateKeys(vault(), first);
}
