// What steps may reach; each takes only the part it needs, and its Lambda wires no more than that.

import type { Appliances, ConnectionProfile } from '../ports/appliances.ts';
import type { Authorities } from '../ports/authority.ts';
import type { CertificateFiles } from '../ports/certificate-files.ts';
import type { Executions } from '../ports/executions.ts';
import type { Inventory } from '../ports/inventory.ts';
import type { KeyPairs } from '../ports/key-pairs.ts';
import type { LinkKeys } from '../ports/link-keys.ts';
import type { Log } from '../ports/log.ts';
import type { Mail } from '../ports/mail.ts';
import type { Probes } from '../ports/probes.ts';
import type { PublicDns } from '../ports/public-dns.ts';
import type { PublishedIssuers } from '../ports/published-issuers.ts';
import type { RenewalAdvice } from '../ports/renewal-advice.ts';
import type { ServerKeys } from '../ports/server-keys.ts';
import type { Vault } from '../ports/vault.ts';
import type { Webhooks } from '../ports/webhooks.ts';
import type { Addresses, Zones } from '../ports/zones.ts';

export interface Clock {
  now(): Date;
  /** For waits of seconds inside one step; longer ones belong to the workflow. */
  sleep(ms: number): Promise<void>;
}

export interface Settings {
  /** By id; ops write them, an order names one. */
  readonly profiles: Readonly<Record<string, ConnectionProfile>>;
  /** PEM of the roots phones trust. */
  readonly roots: readonly string[];
  /** PEM of the roots that browsers bring along: of what they sign, phones want signed timestamps. Absent = none is known to be one. */
  readonly publicRoots?: readonly string[] | undefined;
  /** PEM of intermediates our people added, to complete chains with. Absent = none. */
  readonly intermediates?: readonly string[] | undefined;
  /** Who hears of what needs a person. */
  readonly opsAddresses: readonly string[];
  /** Zones or subtrees each partner may order names in. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  /** By partner: how many of its servers are restarted at once. Absent = `RESTARTS_AT_ONCE`. */
  readonly restartsAtOnce?: Readonly<Record<string, number>> | undefined;
  /** Zone of ours under which customers' challenges are delegated to us; undefined: names outside our zones must lead to us already. */
  readonly delegationZone?: string | undefined;
  /** Public halves of the SSH keys each partner began with, as OpenSSH writes them; those drawn since are in the inventory. Absent = none are known here. */
  readonly publicKeys?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Addresses and networks we reach servers from; servers allow them. Absent = none are set. */
  readonly egress?: readonly string[] | undefined;
  /** Right-hand side of our Message-IDs. */
  readonly mailDomain: string;
  /** The plain address our mails come from: who organizes what stands in people's calendars. */
  readonly mailAddress: string;
  /** Where people reach the pages the links in our mails lead to, like `https://certificates.example`; no final slash. */
  readonly linkBase: string;
}

export interface Services {
  readonly inventory: Inventory;
  readonly vault: Vault;
  readonly zones: Zones;
  readonly addresses: Addresses;
  readonly publicDns: PublicDns;
  readonly authorities: Authorities;
  readonly renewalAdvice: RenewalAdvice;
  readonly keyPairs: KeyPairs;
  readonly certificateFiles: CertificateFiles;
  readonly publishedIssuers: PublishedIssuers;
  readonly appliances: Appliances;
  readonly serverKeys: ServerKeys;
  readonly probes: Probes;
  readonly mail: Mail;
  readonly webhooks: Webhooks;
  readonly executions: Executions;
  readonly linkKeys: LinkKeys;
  readonly log: Log;
  readonly clock: Clock;
  readonly settings: Settings;
}
