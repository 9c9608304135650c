// Route 53 on loopback: its API over HTTP, and three name servers that learn of every change late, one of them later.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isWithin } from '../../domain/dns-name.ts';
import { DnsServer } from '../dns/dns-server.ts';
import { txtText } from '../dns/record-data.ts';
import { plainName, type RecordSet, type RecordType } from '../dns/record-set.ts';
import { compareText, contentOf, type HostedRecordSet, type HostedZone, newHostedZone } from './hosted-zone.ts';
import type { AccessKey } from './request-signature.ts';
import { Route53Api } from './route53-api.ts';
import { defaultRoute53Dials, type Route53Dials } from './route53-dials.ts';
import { type Route53Counts, Route53Gate } from './route53-gate.ts';
import { TokenBucket } from './token-bucket.ts';
import { ZoneFiles } from './zone-files.ts';
import { ZonePublisher } from './zone-publisher.ts';
import { ZoneRegistry } from './zone-registry.ts';

export interface SandboxRoute53Options {
  /** Where the zones are kept; made when it is not there. Zones found in it are served too. */
  readonly folder: string;
  /** Apex names without final dot; made when they are not there. */
  readonly zones: readonly string[];
  readonly now: () => Date;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
  /** What differs from the hostile defaults. */
  readonly dials?: Partial<Route53Dials>;
  /** Ports to listen on; any free ones when absent. */
  readonly ports?: { readonly api: number; readonly nameServers: readonly number[] };
  /** The only key whose signatures are taken. @default - drawn at random */
  readonly accessKey?: AccessKey;
}

export interface NameServerAddress {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export const sandboxNameServers = ['ns1.sandbox.test', 'ns2.sandbox.test', 'ns3.sandbox.test'] as const;

export class SandboxRoute53 {
  readonly endpoint: string;
  readonly nameServers: readonly NameServerAddress[];
  readonly accessKey: AccessKey;
  readonly #server: Server;
  readonly #dns: readonly DnsServer[];
  readonly #zones: ZoneRegistry;
  readonly #publisher: ZonePublisher;
  readonly #gate: Route53Gate;
  readonly #requestBucket: TokenBucket;
  readonly #changeBucket: TokenBucket;
  #dials: Route53Dials;

  private constructor(options: SandboxRoute53Options, server: Server, dns: readonly DnsServer[]) {
    const { folder, zones, now, random } = options;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.nameServers = dns.map(({ address, port }, index) => ({
      name: sandboxNameServers[index] ?? '',
      address,
      port,
    }));
    this.accessKey = options.accessKey ?? drawAccessKey();
    this.#server = server;
    this.#dns = dns;
    this.#dials = { ...defaultRoute53Dials, ...options.dials };
    const dials = () => this.#dials;
    this.#requestBucket = new TokenBucket(requestLimits(this.#dials), now);
    this.#changeBucket = new TokenBucket(changeLimits(this.#dials), now);
    this.#zones = new ZoneRegistry({ files: new ZoneFiles(folder), nameServers: sandboxNameServers, random });
    this.#publisher = new ZonePublisher(dns, random);
    this.#gate = new Route53Gate({
      api: new Route53Api({
        zones: this.#zones,
        publisher: this.#publisher,
        changeBucket: this.#changeBucket,
        dials,
        now,
        random,
      }),
      accessKey: this.accessKey,
      requestBucket: this.#requestBucket,
      dials,
      random,
    });
    for (const name of zones) this.#zones.open(plainName(name));
    for (const zone of this.#zones.list()) this.#publish(zone);
    this.#silence();
    server.on('request', (request, response) => {
      this.#gate.serve(request, response).catch(() => request.destroy());
    });
  }

  static async start(options: SandboxRoute53Options): Promise<SandboxRoute53> {
    const dns: DnsServer[] = [];
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 });
    try {
      for (const index of sandboxNameServers.keys()) {
        dns.push(await DnsServer.start({ port: options.ports?.nameServers[index] ?? 0 }));
      }
      server.listen(options.ports?.api ?? 0, '127.0.0.1');
      await once(server, 'listening');
      return new SandboxRoute53(options, server, dns);
    } catch (error) {
      server.close();
      await Promise.all(dns.map((one) => one.close()));
      throw error;
    }
  }

  get counts(): Route53Counts {
    return this.#gate.counts;
  }

  /** Ids of the public zones by name, as `Z…` without a prefix. */
  get zoneIds(): Readonly<Record<string, string>> {
    const open = this.#zones.list().filter((zone) => !zone.privateZone);
    return Object.fromEntries(open.map(({ name, id }) => [name, id]));
  }

  /** Changes the dials that are given; also fills both buckets. */
  turn(dials: Partial<Route53Dials>): void {
    this.#dials = { ...this.#dials, ...dials };
    this.#requestBucket.limit(requestLimits(this.#dials));
    this.#changeBucket.limit(changeLimits(this.#dials));
    this.#silence();
  }

  /** A zone somebody delegates to us later; known to the API and to all name servers at once. */
  addZone(name: string, { privateZone = false }: { readonly privateZone?: boolean } = {}): void {
    this.#publish(this.#zones.open(plainName(name), privateZone));
  }

  /** A zone of somebody else: the name servers answer for it as public DNS would, the API knows nothing of it. */
  hostElsewhere(name: string, records: readonly RecordSet[]): void {
    const { records: own } = contentOf(newHostedZone(name, sandboxNameServers));
    this.#serveTop(name);
    for (const server of this.#dns) server.publish({ name, records: [...own, ...records] });
  }

  /** Puts a record set there behind everybody's back and publishes it at once; without values it is taken away. */
  put(set: HostedRecordSet): void {
    const zone = this.#zoneOf(set.name);
    if (!zone) throw new Error(`the sandbox has no zone for "${set.name}"`);
    this.#publisher.publishNow(this.#zones.put(zone, set));
  }

  /** Values *every* name server answers with now, sorted; text for TXT, presentation form for the others. */
  valuesAt(name: string, type: RecordType): readonly string[] {
    const [first = [], ...others] = this.publishedValues(name, type);
    return first.filter((value) => others.every((values) => values.includes(value)));
  }

  /** The same for each name server by itself, in their order. */
  publishedValues(name: string, type: RecordType): readonly (readonly string[])[] {
    return this.#publisher.valuesAt(plainName(name), type).map((values) => shownValues(values, type));
  }

  /** What the API would list now, whether published or not. */
  heldValues(name: string, type: RecordType): readonly string[] {
    const plain = plainName(name);
    const set = this.#zoneOf(plain)?.records.find((record) => record.name === plain && record.type === type);
    return shownValues(set?.values ?? [], type);
  }

  /** Changes that not every name server has yet. */
  get pending(): number {
    return this.#publisher.pending;
  }

  /** How many messages each name server has been sent. */
  get dnsQueries(): readonly number[] {
    return this.#dns.map((server) => server.queries);
  }

  /** Unpublished changes are published by the next start; may be called again. */
  async close(): Promise<void> {
    this.#publisher.stop();
    this.#server.closeAllConnections();
    await Promise.all([
      new Promise<void>((done) => this.#server.close(() => done())),
      ...this.#dns.map((server) => server.close()),
    ]);
  }

  #publish(zone: HostedZone): void {
    if (!zone.privateZone) this.#serveTop(zone.name);
    this.#publisher.publishNow(zone);
  }

  /** Whoever asks further up the tree, as for CAA, gets an answer there too: that nothing is there. */
  #serveTop(name: string): void {
    const top = name.slice(name.lastIndexOf('.') + 1);
    if (top === name) return;
    for (const server of this.#dns) server.publish(contentOf(newHostedZone(top, sandboxNameServers)));
  }

  #silence(): void {
    for (const [index, server] of this.#dns.entries()) server.turn({ silent: index === this.#dials.nameServerSilent });
  }

  #zoneOf(name: string): HostedZone | undefined {
    const covering = this.#zones.list().filter((zone) => !zone.privateZone && isWithin(name, zone.name));
    return covering.sort((a, b) => b.name.length - a.name.length)[0];
  }
}

function shownValues(values: readonly string[], type: RecordType): readonly string[] {
  return values.map((value) => (type === 'TXT' ? (txtText(value) ?? value) : value)).sort(compareText);
}

function drawAccessKey(): AccessKey {
  const accessKeyId = `SANDBOX${randomBytes(6).toString('hex').toUpperCase()}`;
  return { accessKeyId, secretAccessKey: randomBytes(30).toString('base64url') };
}

function requestLimits({ requestsPerSecond, requestBurst }: Route53Dials) {
  return { perSecond: requestsPerSecond, burst: requestBurst };
}

function changeLimits({ changesPerSecond, changeBurst }: Route53Dials) {
  return { perSecond: changesPerSecond, burst: changeBurst };
}
