// The keys that servers let us in with.

import { SshServerKeys } from '../../src/adapters/ssh/ssh-server-keys.ts';
import type { ServerKeys } from '../../src/ports/server-keys.ts';
import { network } from './network.ts';
import { sshLogins } from './ssh-logins.ts';

/** By partner: whose servers they are. */
export function serverKeysOf(): (partner: string) => ServerKeys {
  const reached = network();
  const logins = sshLogins();
  return (partner) => new SshServerKeys({ network: reached, privateKeys: logins(partner) });
}
