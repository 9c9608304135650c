// Customers' servers over SSH, each with the keys of its partner.

import { SshAppliances } from '../../src/adapters/ssh/ssh-appliances.ts';
import type { Appliances } from '../../src/ports/appliances.ts';
import { network } from './network.ts';
import { sshLogins } from './ssh-logins.ts';

/** A role reads the keys of the partners of the settings; anybody else's is `secret-not-usable`. */
export function appliancesOf(): (partner: string) => Appliances {
  const reached = network();
  const logins = sshLogins();
  return (partner) => new SshAppliances({ network: reached, privateKeys: logins(partner), now: () => new Date() });
}
