// Customers' servers over SSH, each with the key of its partner.

import { secretSshKeys } from '../../src/adapters/aws/secret-ssh-keys.ts';
import { SshAppliances } from '../../src/adapters/ssh/ssh-appliances.ts';
import type { Appliances } from '../../src/ports/appliances.ts';
import { secretNames, setting } from '../settings.ts';
import { network } from './network.ts';
import { secrets } from './secrets.ts';

/** A role reads the keys of the partners of the settings; anybody else's is `secret-not-usable`. */
export function appliancesOf(): (partner: string) => Appliances {
  const kept = secrets();
  const reached = network();
  return (partner) =>
    new SshAppliances({
      network: reached,
      privateKeyPem: secretSshKeys(kept, () => secretNames.sshKey(setting('prefix'), partner)),
      now: () => new Date(),
    });
}
