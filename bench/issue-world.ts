// Our side of the bench: the three steps that obtain a certificate, over the adapters of production and a memory for the rest.

import { setTimeout as sleep } from 'node:timers/promises';
import { AcmeAuthorities } from '../src/adapters/acme/acme-authorities.ts';
import { CryptoKeyPairs } from '../src/adapters/acme/crypto-key-pairs.ts';
import { MemoryInventory } from '../src/adapters/memory/memory-inventory.ts';
import { MemoryVault } from '../src/adapters/memory/memory-vault.ts';
import type { KeyPairs, KeyType } from '../src/ports/key-pairs.ts';
import type { Log } from '../src/ports/log.ts';
import type { Vault, VaultRef } from '../src/ports/vault.ts';
import type { Zones } from '../src/ports/zones.ts';
import { answerChallenges } from '../src/steps/answer-challenges.ts';
import { finalizeAcmeOrder } from '../src/steps/finalize-acme-order.ts';
import { openAccount } from '../src/steps/open-authority.ts';
import { placeAcmeOrder } from '../src/steps/place-acme-order.ts';
import { acmeKey, orderKey, timelineKey } from '../src/steps/records.ts';
import type { Services } from '../src/steps/services.ts';
import { loopbackNetwork } from '../test/support/loopback-network.ts';
import type { TxtServer } from '../test/support/txt-server.ts';
import { orderFor, PARTNER, untilDone } from './bench-order.ts';

export interface AuthorityOfBench {
  readonly directoryUrl: string;
  readonly tlsRootPem: string;
  readonly issuingRootPem: string;
}

export interface Issuer {
  readonly name: string;
  /** Resolves when the chain is there and kept. */
  readonly issue: (name: string) => Promise<void>;
}

export interface OursOptions {
  readonly keyType: KeyType;
  /** Private keys made beforehand, in PEM. @default - a new one for each certificate */
  readonly keys?: readonly string[];
}

const AUTHORITY = 'bench';

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The account stands already when it resolves. */
export async function openOurs(authority: AuthorityOfBench, dns: TxtServer, options: OursOptions): Promise<Issuer> {
  const { directoryUrl, tlsRootPem, issuingRootPem } = authority;
  const settings = { [AUTHORITY]: { directoryUrl, roots: [tlsRootPem] } };
  const inventory = new MemoryInventory();
  const vault = new ForgetfulVault();
  const services: BenchServices = {
    inventory,
    vault,
    zones: zonesAt(dns),
    authorities: new AcmeAuthorities({ network: loopbackNetwork, settings }),
    keyPairs: new CryptoKeyPairs(),
    log: silent,
    clock: { now: () => new Date(), sleep: async (ms) => void (await sleep(ms)) },
    settings: {
      profiles: {},
      roots: [issuingRootPem],
      opsAddresses: [],
      grants: {},
      mailDomain: 'bench.test',
      mailAddress: 'certificates@emetrotel.test',
      linkBase: 'https://certificates.emetrotel.test',
    },
  };
  await openAccount(AUTHORITY, services);
  const keyPairs = options.keys === undefined ? services.keyPairs : new PreparedKeyPairs(options.keys);
  return { name: 'ours', issue: (name) => obtain(name, options.keyType, { ...services, keyPairs }) };
}

type BenchServices = Pick<
  Services,
  'inventory' | 'zones' | 'authorities' | 'keyPairs' | 'log' | 'clock' | 'settings'
> & {
  readonly vault: ForgetfulVault;
};

async function obtain(name: string, keyType: KeyType, services: BenchServices): Promise<void> {
  const { inventory } = services;
  const input = { partner: PARTNER, orderId: name, visit: 1 };
  await inventory.add(orderKey(PARTNER, name), orderFor(name, AUTHORITY, keyType));
  await untilDone(() => placeAcmeOrder({ ...input, round: 1 }, services));
  await untilDone(() => answerChallenges(input, services));
  await untilDone(() => finalizeAcmeOrder(input, services));

  // What is kept for ever grows for ever: here it would hide whether the code itself does.
  const work = await inventory.find(acmeKey(PARTNER, name));
  for (const record of work?.value.txtRecords ?? []) await services.zones.remove(record);
  await inventory.remove(orderKey(PARTNER, name));
  await inventory.remove(acmeKey(PARTNER, name));
  for (const step of ['place-acme-order', 'answer-challenges', 'finalize-acme-order']) {
    await inventory.remove(timelineKey(PARTNER, name, step, 1));
  }
  services.vault.forget(`partners/${PARTNER}/orders/${name}/`);
}

function zonesAt(dns: TxtServer): Zones {
  return {
    findZone: async () => 'test',
    follow: async (name) => name,
    add: async ({ name, value }) => dns.setTxt(name, [...dns.valuesAt(name), value]),
    remove: async ({ name, value }) =>
      dns.setTxt(
        name,
        dns.valuesAt(name).filter((other) => other !== value),
      ),
    isVisible: async ({ name, value }) => dns.valuesAt(name).includes(value),
  };
}

/** The account's key stays; what an order has kept can be forgotten as a whole. */
class ForgetfulVault implements Vault {
  readonly #lasting = new MemoryVault();
  readonly #ofOrders = new Map<string, MemoryVault>();

  put(name: string, bytes: Uint8Array) {
    return this.#vaultOf(name).put(name, bytes);
  }

  putOnce(name: string, bytes: Uint8Array) {
    return this.#vaultOf(name).putOnce(name, bytes);
  }

  get(ref: VaultRef) {
    return this.#vaultOf(ref.name).get(ref);
  }

  forget(prefix: string): void {
    this.#ofOrders.delete(prefix);
  }

  #vaultOf(name: string): MemoryVault {
    if (!name.startsWith('partners/')) return this.#lasting;
    const prefix = name.slice(0, name.lastIndexOf('/') + 1);
    const vault = this.#ofOrders.get(prefix) ?? new MemoryVault();
    this.#ofOrders.set(prefix, vault);
    return vault;
  }
}

class PreparedKeyPairs extends CryptoKeyPairs implements KeyPairs {
  readonly #keys: readonly string[];
  #next = 0;

  constructor(keys: readonly string[]) {
    super();
    this.#keys = keys;
  }

  override async make(): Promise<string> {
    const key = this.#keys[this.#next % this.#keys.length];
    this.#next += 1;
    if (key === undefined) throw new Error('no keys were prepared');
    return key;
  }
}
