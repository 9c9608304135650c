// The whole service over memory adapters, with a clock the test moves: for orders from beginning to end in milliseconds.

import { X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { CryptoKeyPairs } from '../../src/adapters/acme/crypto-key-pairs.ts';
import { ForgeCertificateFiles } from '../../src/adapters/forge/forge-certificate-files.ts';
import { MemoryAppliances } from '../../src/adapters/memory/memory-appliances.ts';
import { MemoryAuthority } from '../../src/adapters/memory/memory-authority.ts';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { type MailFate, MemoryMail } from '../../src/adapters/memory/memory-mail.ts';
import { MemoryProbes, servedSighting } from '../../src/adapters/memory/memory-probes.ts';
import { MemoryPublicDns } from '../../src/adapters/memory/memory-public-dns.ts';
import { type LeafAskedFor, MemoryRenewalAdvice } from '../../src/adapters/memory/memory-renewal-advice.ts';
import { MemoryServerKeys } from '../../src/adapters/memory/memory-server-keys.ts';
import { MemoryVault } from '../../src/adapters/memory/memory-vault.ts';
import { MemoryWebhooks } from '../../src/adapters/memory/memory-webhooks.ts';
import { MemoryZones } from '../../src/adapters/memory/memory-zones.ts';
import type { Order, OrderRequest } from '../../src/domain/order.ts';
import { Problem } from '../../src/domain/problem.ts';
import type { ConnectionProfile } from '../../src/ports/appliances.ts';
import type { MailMessage } from '../../src/ports/mail.ts';
import type { Endpoint, Sighting } from '../../src/ports/probes.ts';
import type { Cut } from '../../src/sandbox/engine/cut.ts';
import { LocalEngine } from '../../src/sandbox/engine/local-engine.ts';
import { LocalExecutions } from '../../src/sandbox/local-executions.ts';
import { stepFunctions } from '../../src/steps/catalogue.ts';
import { orderKey } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptOrder } from '../../src/workflows/accept-order.ts';
import { fulfilOrder } from '../../src/workflows/fulfil-order.ts';
import { lookAtServer } from '../../src/workflows/look-at-server.ts';
import { revokeCertificate } from '../../src/workflows/revoke-certificate.ts';
import { rollKey } from '../../src/workflows/roll-key.ts';
import { rotateSshKey } from '../../src/workflows/rotate-ssh-key.ts';
import { sweepStuckOrders } from '../../src/workflows/sweep-stuck-orders.ts';

export const PARTNER = 'emetrotel';
/** Signs the links in mails of tests. */
export const LINK_KEY = new Uint8Array(32).fill(9);
export const HOSTNAME = 'pbx.northwind.test';

/** The private half every server of the world lets in when it is set up. */
export const FIRST_SSH_KEY = 'private half of the first key';

/** Where customers whose DNS is not with us let their challenges lead to. */
export const DELEGATION_ZONE = 'challenges.northwind.test';

/** Monday 2027-01-11, ten in the morning in Toronto; the window is the night to Wednesday. */
export const BEGIN = new Date('2027-01-11T15:00:00Z');

export const profile: ConnectionProfile = {
  id: 'ucx-ssh',
  account: 'ucxcerts',
  sshPort: 22,
  jump: undefined,
  sslConf: '/etc/httpd/conf.d/ssl.conf',
  stagingFolder: '/var/lib/ucx-certs',
  serviceGroup: 'asterisk',
  commands: { restart: 'service infinity_one restart', status: 'service infinity_one status', calls: 'calls' },
  commitTimeoutSeconds: 300,
  restartTimeoutSeconds: 60,
};

export const request: OrderRequest = {
  hostname: HOSTNAME,
  customer: 'Northwind Traders',
  publicIp: '203.0.113.10',
  sitePort: 21_326,
  connectionProfile: 'ucx-ssh',
  contacts: [{ name: 'Ana', email: 'ana@northwind.test' }],
  windowPolicy: {
    timeZone: 'America/Toronto',
    windows: [{ day: 'wednesday', start: '02:00', end: '04:00' }],
    minimumNoticeSeconds: 24 * 3600,
    confirmation: 'nobody',
    maxActiveCalls: 0,
  },
  authority: 'memory',
  keyType: 'ec-p256',
};

export interface OrderWorldOptions {
  readonly mailFate?: (message: MailMessage) => MailFate;
  /** What a phone sees, instead of what the server serves. */
  readonly outside?: () => Sighting | undefined;
  readonly inside?: (endpoint: Endpoint) => Sighting | undefined;
  /** What of the connection profile is to be other than usual. */
  readonly profile?: Partial<ConnectionProfile>;
  /** What the authority suggests for a leaf. @default - it gives no advice */
  readonly suggestedWindow?: (leaf: LeafAskedFor) => { readonly start: Date; readonly end: Date } | undefined;
}

/** Fakes the clock (`vi.useFakeTimers`); the test gives it back with `close`. */
export class OrderWorld {
  readonly inventory = new MemoryInventory();
  readonly vault = new MemoryVault();
  readonly zones: MemoryZones;
  readonly publicDns: MemoryPublicDns;
  readonly appliances = new MemoryAppliances();
  readonly serverKeys: MemoryServerKeys;
  readonly log = new MemoryLog();
  readonly mail: MemoryMail;
  readonly webhooks = new MemoryWebhooks();
  readonly authority: MemoryAuthority;
  readonly advice: MemoryRenewalAdvice;
  readonly folder: string;
  readonly #options: OrderWorldOptions;
  #engine: LocalEngine | undefined;
  #inFlight = 0;
  #servedUntil: Date | undefined;

  private constructor(
    options: OrderWorldOptions,
    authority: MemoryAuthority,
    folder: string,
    dns: { readonly zones: MemoryZones; readonly publicDns: MemoryPublicDns },
  ) {
    this.#options = options;
    this.mail = new MemoryMail(options.mailFate);
    this.advice = new MemoryRenewalAdvice({
      authorityIds: [authority.authorityId],
      ...(options.suggestedWindow === undefined ? {} : { windowFor: options.suggestedWindow }),
    });
    this.authority = authority;
    this.folder = folder;
    this.zones = dns.zones;
    this.publicDns = dns.publicDns;
    this.serverKeys = new MemoryServerKeys(async ({ sshKey }) =>
      sshKey === undefined ? FIRST_SSH_KEY : Buffer.from(await this.vault.get(sshKey)).toString(),
    );
  }

  static async open(options: OrderWorldOptions = {}): Promise<OrderWorld> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: BEGIN });
    const publicDns = new MemoryPublicDns();
    const zones = new MemoryZones(['northwind.test'], {
      delegationZone: DELEGATION_ZONE,
      findAlias: async (name) => {
        const seen = await publicDns.findRecords(name, 'CNAME');
        if (seen.kind === 'unknown') throw new Problem('dns-unreachable', seen.why);
        return seen.values[0];
      },
    });
    const authority = await MemoryAuthority.make({
      // As an authority looks it up: one alias of a customer's is followed.
      txtValues: (name) => zones.valuesAt(publicDns.recordsAt(name, 'CNAME')[0] ?? name, 'TXT'),
      now: () => new Date(),
    });
    return new OrderWorld(options, authority, await mkdtemp(join(tmpdir(), 'order-world-')), {
      zones,
      publicDns,
    });
  }

  get engine(): LocalEngine {
    if (this.#engine === undefined) throw new Error('no process runs');
    return this.#engine;
  }

  /** The ports as the service meets them; every process has its own object over the same world. */
  services(): Services {
    const served = (): Sighting | undefined => {
      const set = this.appliances.served();
      if (set === undefined) return undefined;
      const { fingerprint, chainPem } = set;
      const leaf = chainPem === '' ? undefined : new X509Certificate(chainPem);
      const notBefore = leaf?.validFromDate ?? BEGIN;
      const notAfter = leaf?.validToDate ?? this.#servedUntil ?? new Date(BEGIN.getTime() + 90 * 24 * 3_600_000);
      const isTrusted = leaf !== undefined || this.#servedUntil !== undefined;
      const trusted = isTrusted && new Date() < notAfter;
      return servedSighting({ fingerprint, names: [HOSTNAME], trusted, notBefore, notAfter });
    };
    return {
      inventory: this.inventory,
      vault: this.vault,
      zones: this.zones,
      addresses: this.zones,
      publicDns: this.publicDns,
      authorities: this.authority,
      renewalAdvice: this.advice,
      keyPairs: new CryptoKeyPairs(),
      certificateFiles: new ForgeCertificateFiles(),
      publishedIssuers: { find: async () => undefined },
      appliances: this.appliances,
      serverKeys: this.serverKeys,
      probes: new MemoryProbes({ outside: this.#options.outside ?? served, inside: this.#options.inside ?? served }),
      mail: this.mail,
      webhooks: this.webhooks,
      executions: new LocalExecutions(() => this.engine),
      linkKeys: { list: async () => [LINK_KEY] },
      log: this.log,
      clock: { now: () => new Date(), sleep: () => Promise.resolve() },
      settings: {
        profiles: { 'ucx-ssh': { ...profile, ...this.#options.profile } },
        roots: [this.authority.rootPem],
        opsAddresses: ['ops@emetrotel.test'],
        grants: { [PARTNER]: ['northwind.test', 'customer.test'] },
        delegationZone: DELEGATION_ZONE,
        publicKeys: { [PARTNER]: [this.serverKeys.publicHalf(FIRST_SSH_KEY)] },
        egress: ['203.0.113.250'],
        mailDomain: 'certificates.emetrotel.test',
        mailAddress: 'certificates@emetrotel.test',
        linkBase: 'https://certificates.emetrotel.test',
      },
    };
  }

  /** What is served looks trusted to phones, and ends then. */
  serveTrustedUntil(notAfter: Date): void {
    this.#servedUntil = notAfter;
  }

  /** A process begins: the engine reads its state and goes on with what is there, then sweeps. */
  async begin(services: Services = this.services(), cut?: Cut): Promise<Services> {
    this.#inFlight = 0;
    this.#engine = await LocalEngine.open({
      folder: this.folder,
      functions: this.#counted(stepFunctions(services)),
      workflows: {
        'fulfil-order': (input, ctx) => fulfilOrder(input, ctx),
        'revoke-certificate': (input, ctx) => revokeCertificate(input, ctx),
        'roll-key': (input, ctx) => rollKey(input, ctx),
        'rotate-ssh-key': (input, ctx) => rotateSshKey(input, ctx),
        'look-at-server': (input, ctx) => lookAtServer(input, ctx),
      },
      now: () => new Date(),
      ...(cut === undefined ? {} : { cut }),
    });
    return services;
  }

  /** The process dies: nothing of it runs on, whatever it was at. */
  async kill(): Promise<void> {
    await this.#engine?.close();
    this.#engine = undefined;
  }

  async place(services: Services, change: Partial<OrderRequest> = {}, key = 'k1'): Promise<Order> {
    return (await acceptOrder(PARTNER, key, { ...request, ...change }, services)).order;
  }

  sweep(services: Services): ReturnType<typeof sweepStuckOrders> {
    return sweepStuckOrders(new Date(), services);
  }

  async order(id: string): Promise<Order> {
    const item = await this.inventory.find(orderKey(PARTNER, id));
    if (item === undefined) throw new Error(`no order ${id}`);
    return item.value;
  }

  /** Lets steps finish, then moves the clock to the next timer, until `isOver` or nothing is left to wait for. */
  async run(isOver: () => Promise<boolean> | boolean): Promise<void> {
    for (let moves = 0; moves < 5_000; moves += 1) {
      await this.quiet();
      if (await isOver()) return;
      if (vi.getTimerCount() === 0) return;
      vi.advanceTimersToNextTimer();
    }
    throw new Error('the world does not come to rest');
  }

  runToEnd(id: string): Promise<void> {
    return this.run(async () => (await this.engine.find(id))?.status !== 'RUNNING');
  }

  /** Resolves when no step is at work and the workflow has said what it waits for. */
  async quiet(): Promise<void> {
    for (let calm = 0; calm < 6; ) {
      await new Promise((resolve) => setImmediate(resolve));
      calm = this.#inFlight === 0 ? calm + 1 : 0;
    }
  }

  async close(): Promise<void> {
    await this.kill();
    vi.useRealTimers();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #counted(
    functions: Record<string, (payload: unknown) => Promise<unknown>>,
  ): Record<string, (payload: unknown) => Promise<unknown>> {
    const counted = Object.entries(functions).map(([name, run]) => [
      name,
      async (payload: unknown) => {
        this.#inFlight += 1;
        try {
          return await run(payload);
        } finally {
          this.#inFlight -= 1;
        }
      },
    ]);
    return Object.fromEntries(counted);
  }
}
