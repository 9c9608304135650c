// The keys that servers let us in with.

import { SshServerKeys } from '../../src/adapters/ssh/ssh-server-keys.ts';
import { network } from './network.ts';
import { sshLogins } from './ssh-logins.ts';

/** `partner`: whose server it is; each has keys of its own. */
export function serverKeys(partner: string): SshServerKeys {
  return new SshServerKeys({ network: network(), privateKeys: sshLogins(partner) });
}
