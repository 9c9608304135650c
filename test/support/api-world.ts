// The API in this process over memory, with two partners and everything it wrote or started written down.

import { CryptoKeyPairs } from '../../src/adapters/acme/crypto-key-pairs.ts';
import { ForgeCertificateFiles } from '../../src/adapters/forge/forge-certificate-files.ts';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { MemoryVault } from '../../src/adapters/memory/memory-vault.ts';
import { type Api, createApi } from '../../src/api/app.ts';
import { authenticateWith, SCOPES, type Scope, signToken } from '../../src/api/bearer-token.ts';
import { judgePublicIp } from '../../src/api/public-ip.ts';
import type { Appointment } from '../../src/domain/appointment.ts';
import type { Order } from '../../src/domain/order.ts';
import type { Server } from '../../src/domain/server.ts';
import type { Inventory, Item, Key, Marks } from '../../src/ports/inventory.ts';
import { appointmentKey, orderKey, serverKey } from '../../src/steps/records.ts';
import { selfSigned } from './der-certificates.ts';
import { LINK_KEY, profile } from './order-world.ts';
import { RecordedExecutions } from './recorded-executions.ts';

export const NORTHWIND = 'northwind';
export const SOUTHWIND = 'southwind';

/** Monday. */
export const BEGIN = new Date('2027-01-11T15:00:00Z');

export const goodOrder = {
  hostname: 'pbx.northwind.test',
  customer: 'Northwind Traders',
  publicIp: '20.30.40.50',
  connectionProfile: 'ucx-ssh',
  contacts: [{ name: 'Ana Trujillo', email: 'ana@northwind.test' }],
  windowPolicy: {
    timeZone: 'America/Toronto',
    windows: [{ day: 'wednesday', start: '02:00', end: '04:00' }],
    minimumNoticeSeconds: 24 * 3600,
  },
};

/** An authority that customers buy from, and that our people trust. */
export const IMPORT_ROOT = selfSigned({
  subject: 'Bought Root',
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2040-01-01T00:00:00Z'),
});

/** The memory inventory, which also says what was written. */
class WatchedInventory extends MemoryInventory implements Inventory {
  readonly writes: string[] = [];

  override add<Value>(key: Key<Value>, value: Value, marks?: Marks): Promise<Item<Value> | undefined> {
    this.writes.push(`add ${key.partition} ${key.sort}`);
    return super.add(key, value, marks);
  }

  override replace<Value>(item: Item<Value>, value: Value, marks?: Marks): Promise<Item<Value>> {
    this.writes.push(`replace ${item.key.partition} ${item.key.sort}`);
    return super.replace(item, value, marks);
  }

  override remove<Value>(key: Key<Value>): Promise<void> {
    this.writes.push(`remove ${key.partition} ${key.sort}`);
    return super.remove(key);
  }
}

export interface Ask {
  readonly body?: unknown;
  /** Sent as it is, instead of `body` as JSON. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** Replaces the header, or with `undefined` leaves it out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly partner?: string;
  readonly scopes?: readonly Scope[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, when there was JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

export class ApiWorld {
  readonly inventory = new WatchedInventory();
  readonly vault = new MemoryVault();
  readonly executions = new RecordedExecutions();
  readonly log = new MemoryLog();
  readonly tokenKey = new Uint8Array(32).fill(7);
  now = BEGIN;
  readonly api: Api;

  constructor() {
    this.api = createApi({
      services: {
        inventory: this.inventory,
        vault: this.vault,
        executions: this.executions,
        linkKeys: { list: async () => [LINK_KEY] },
        keyPairs: new CryptoKeyPairs(),
        certificateFiles: new ForgeCertificateFiles(),
        publishedIssuers: { find: async () => undefined },
        log: this.log,
        clock: { now: () => this.now, sleep: () => Promise.resolve() },
        settings: {
          profiles: { 'ucx-ssh': profile },
          roots: [IMPORT_ROOT.pem],
          opsAddresses: [],
          grants: { [NORTHWIND]: ['northwind.test', 'shared.test'], [SOUTHWIND]: ['southwind.test', 'shared.test'] },
          publicKeys: { [NORTHWIND]: [`ssh-ed25519 ${'A'.repeat(68)}`] },
          egress: ['203.0.113.250'],
          mailDomain: 'certificates.emetrotel.test',
          mailAddress: 'certificates@emetrotel.test',
          linkBase: 'https://certificates.emetrotel.test',
        },
      },
      authenticate: authenticateWith(this.tokenKey, () => this.now),
      authorities: ['letsencrypt', 'letsencrypt-staging'],
      defaultAuthority: 'letsencrypt',
      judgePublicIp,
    });
  }

  token(partner = NORTHWIND, scopes: readonly string[] = SCOPES, lifetimeSeconds = 3600): Promise<string> {
    return signToken({ partner, scopes }, this.tokenKey, this.now, lifetimeSeconds);
  }

  async ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${await this.token(ask.partner, ask.scopes)}`,
      ...(ask.body === undefined && ask.raw === undefined ? {} : { 'content-type': 'application/json' }),
      ...ask.headers,
    };
    const sent = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const body = ask.raw ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body));
    const request = new Request(`http://api.test${path}`, {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    });
    const response = await this.api.fetch(request);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text ? JSON.parse(text) : undefined,
    };
  }

  place(change: object = {}, key = 'k1', ask: Ask = {}): Promise<Answer> {
    const headers = { 'idempotency-key': key, ...ask.headers };
    return this.ask('POST', '/v1/orders', { body: { ...goodOrder, ...change }, ...ask, headers });
  }

  async keptOrder(id: string, partner = NORTHWIND): Promise<Order> {
    return kept(await this.inventory.find(orderKey(partner, id)));
  }

  async keptAppointment(id: string, partner = NORTHWIND): Promise<Appointment> {
    return kept(await this.inventory.find(appointmentKey(partner, id)));
  }

  async keptServer(hostname: string, partner = NORTHWIND): Promise<Server> {
    return kept(await this.inventory.find(serverKey(partner, hostname)));
  }

  /** An order that waits for its window, as the workflow would leave it. */
  async waiting(change: Partial<Appointment> = {}, partner = NORTHWIND): Promise<{ orderId: string; id: string }> {
    const placed = await this.place({ hostname: `pbx.${partner}.test` }, 'waiting', { partner });
    const orderId: string = placed.json.id;
    const id = `${orderId}-a1`;
    const item = await this.inventory.find(orderKey(partner, orderId));
    if (item === undefined) throw new Error('no order');
    await this.inventory.replace(item, { ...item.value, state: 'awaiting-window', appointmentId: id }, item.marks);
    await this.inventory.add(appointmentKey(partner, id), {
      id,
      partner,
      orderId,
      hostname: `pbx.${partner}.test`,
      number: 1,
      state: 'announced',
      opensAt: '2027-01-13T07:00:00.000Z',
      closesAt: '2027-01-13T09:00:00.000Z',
      noticeDeadlineAt: '2027-01-12T07:00:00.000Z',
      confirmation: 'contact',
      runNow: false,
      sequence: 0,
      toldAt: '2027-01-11T15:00:00.000Z',
      callbackId: 'callback-1',
      ...change,
    });
    this.inventory.writes.length = 0;
    return { orderId, id };
  }

  /** An order whose certificate is served, as the workflow would leave it; answers its id. */
  async done(change: Partial<Order> = {}, partner = NORTHWIND): Promise<string> {
    const placed = await this.place({ hostname: `pbx.${partner}.test` }, 'done', { partner });
    const item = await this.inventory.find(orderKey(partner, placed.json.id));
    if (item === undefined) throw new Error('no order');
    const closedAt = this.now.toISOString();
    const done: Order = { ...item.value, state: 'done', closedAt, fingerprint: 'ab'.repeat(32), ...change };
    await this.inventory.replace(item, done, {});
    this.inventory.writes.length = 0;
    this.executions.started.length = 0;
    return done.id;
  }

  async addServer(change: Partial<Server> = {}, partner = NORTHWIND): Promise<void> {
    const hostname = `pbx.${partner}.test`;
    await this.inventory.add(serverKey(partner, hostname), {
      partner,
      hostname,
      customer: 'Northwind Traders',
      publicIp: '20.30.40.50',
      sitePort: 21_326,
      connectionProfile: 'ucx-ssh',
      hostKey: `SHA256:${'A'.repeat(43)}`,
      ...change,
    });
    this.inventory.writes.length = 0;
  }
}

function kept<Value>(item: Item<Value> | undefined): Value {
  if (item === undefined) throw new Error('nothing is kept there');
  return item.value;
}
