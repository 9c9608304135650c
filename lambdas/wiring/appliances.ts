// Servers over SSH, with the key of whose they are.

import { secretSshKeys } from '../../src/adapters/aws/secret-ssh-keys.ts';
import { SshAppliances } from '../../src/adapters/ssh/ssh-appliances.ts';
import { secretNames, setting } from '../settings.ts';
import { network } from './network.ts';
import { secrets } from './secrets.ts';

/** `partner`: whose server it is; each has a key of its own. */
export function appliances(partner: string): SshAppliances {
  return new SshAppliances({
    network: network(),
    privateKeyPem: secretSshKeys(secrets(), () => secretNames.sshKey(setting('prefix'), partner)),
    now: () => new Date(),
  });
}
