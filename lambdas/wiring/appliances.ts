// Servers over SSH, with the key of whose they are.

import { SshAppliances } from '../../src/adapters/ssh/ssh-appliances.ts';
import { network } from './network.ts';
import { sshLogins } from './ssh-logins.ts';

/** `partner`: whose server it is; each has keys of its own. */
export function appliances(partner: string): SshAppliances {
  return new SshAppliances({ network: network(), privateKeys: sshLogins(partner), now: () => new Date() });
}
