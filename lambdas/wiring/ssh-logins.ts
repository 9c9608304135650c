// The private keys of our logins: the first of a partner is a secret that ops wrote, later ones were drawn and are in the vault.

import { secretSshKeys } from '../../src/adapters/aws/secret-ssh-keys.ts';
import { type PrivateKeys, vaultPrivateKeys } from '../../src/adapters/ssh/server-connection.ts';
import type { ApplianceAddress } from '../../src/ports/appliances.ts';
import { secretNames, setting } from '../settings.ts';
import { secrets } from './secrets.ts';
import { vault } from './vault.ts';

/** By partner: whose servers are logged in to. */
export function sshLogins(): (partner: string) => PrivateKeys {
  const kept = secrets();
  const drawn = vault();
  return (partner) => {
    const nameOf = () => secretNames.sshKey(setting('prefix'), partner);
    return vaultPrivateKeys(drawn, secretSshKeys<ApplianceAddress>(kept, nameOf));
  };
}
