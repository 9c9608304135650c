// Three resolvers on loopback that say of any name what a test wants, also that its signatures do not hold; asked without recursion, they are its name servers.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as dnsPacket from 'dns-packet';
import type { DnsEndpoint } from '../../src/adapters/dns/dns-exchange.ts';
import type { CaaRecord } from '../../src/domain/caa.ts';

/** `fails`: SERVFAIL however it is asked. `bogus`: SERVFAIL unless checking is disabled. */
export type ResolverMood = 'answers' | 'bogus' | 'fails' | 'refuses' | 'silent' | 'nonsense';

export interface SeenQuestion {
  readonly resolver: number;
  readonly name: string;
  readonly type: string;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  readonly dnssecOk: boolean;
}

export type PlainType = 'A' | 'AAAA' | 'CNAME' | 'NS';

const RCODES = { fails: 2, bogus: 2, refuses: 5 } as const;

export class FakeResolvers {
  readonly endpoints: readonly DnsEndpoint[];
  readonly seen: SeenQuestion[] = [];
  readonly #sockets: readonly Socket[];
  readonly #caa = new Map<string, readonly CaaRecord[]>();
  readonly #aliases = new Map<string, string>();
  readonly #held = new Map<string, readonly string[]>();
  readonly #remembered = new Map<string, readonly string[]>();
  readonly #moods = new Map<string, readonly ResolverMood[]>();

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    this.endpoints = sockets.map((socket) => ({
      address: '127.0.0.1',
      port: (socket.address() as AddressInfo).port,
    }));
    for (const [index, socket] of sockets.entries()) {
      socket.on('message', (message, from) => {
        const answer = this.#answer(index, dnsPacket.decode(message));
        if (answer) socket.send(answer, from.port, from.address);
      });
    }
  }

  static async start(): Promise<FakeResolvers> {
    const sockets = Array.from({ length: 3 }, () => createSocket('udp4'));
    for (const socket of sockets) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    return new FakeResolvers(sockets);
  }

  putCaa(name: string, records: readonly CaaRecord[]): void {
    this.#caa.set(name, records);
  }

  putAlias(name: string, target: string): void {
    this.#aliases.set(name, target);
  }

  /** The three are the name servers of the zone: `ns0.test` and so on. */
  hostZone(zone: string): void {
    this.remember(zone, 'NS', ['ns0.test', 'ns1.test', 'ns2.test']);
  }

  /** What the name servers given answer. */
  putRecords(name: string, type: PlainType, values: readonly string[], servers: readonly number[] = [0, 1, 2]): void {
    for (const server of servers) this.#held.set(`${server} ${name} ${type}`, values);
  }

  /** What resolvers answer, whatever the name servers have. */
  remember(name: string, type: PlainType, values: readonly string[]): void {
    this.#remembered.set(`${name} ${type}`, values);
  }

  /** For `addressOf`. */
  endpointOf(server: string): DnsEndpoint | undefined {
    return this.endpoints[Number(/^ns(\d)\.test$/.exec(server)?.[1])];
  }

  /** For the name and all below it, one mood a resolver; those not given answer. */
  turn(name: string, moods: readonly ResolverMood[]): void {
    this.#moods.set(name, moods);
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #answer(resolver: number, query: dnsPacket.DecodedPacket): Buffer | undefined {
    const [question] = query.questions ?? [];
    if (!question) return undefined;
    const opt = query.additionals?.find((one) => one.type === 'OPT');
    const checkingDisabled = query.flag_cd;
    this.seen.push({
      resolver,
      name: question.name,
      type: question.type,
      recursionDesired: query.flag_rd,
      checkingDisabled,
      dnssecOk: opt?.type === 'OPT' && opt.flag_do,
    });
    const mood = this.#moodFor(resolver, question.name);
    if (mood === 'silent') return undefined;
    if (mood === 'nonsense') return Buffer.from('nonsense');
    const failing = mood !== 'answers' && !(mood === 'bogus' && (checkingDisabled || !query.flag_rd));
    return dnsPacket.encode({
      type: 'response',
      id: query.id ?? 0,
      flags:
        (query.flag_rd ? dnsPacket.RECURSION_AVAILABLE : dnsPacket.AUTHORITATIVE_ANSWER) | (failing ? RCODES[mood] : 0),
      questions: [question],
      answers: failing ? [] : query.flag_rd ? this.#records(question) : this.#plain(question, this.#held, resolver),
    });
  }

  #plain({ name, type }: dnsPacket.Question, held: ReadonlyMap<string, readonly string[]>, server?: number) {
    const key = server === undefined ? `${name} ${type}` : `${server} ${name} ${type}`;
    return (held.get(key) ?? []).map((data): dnsPacket.Answer => ({ type: type as PlainType, name, ttl: 60, data }));
  }

  #records(question: dnsPacket.Question): dnsPacket.Answer[] {
    const { name, type } = question;
    const plain = this.#plain(question, this.#remembered);
    if (plain.length > 0) return plain;
    const alias = this.#aliases.get(name);
    const target = alias ?? name;
    const chain: dnsPacket.Answer[] = alias === undefined ? [] : [{ type: 'CNAME', name, ttl: 60, data: alias }];
    if (type !== 'CAA') return chain;
    const records = (this.#caa.get(target) ?? []).map(({ flags, tag, value }): dnsPacket.Answer => {
      // The types know three tags; the wire knows any.
      const data = { flags, tag: tag as 'issue', value, issuerCritical: (flags & 128) !== 0 };
      return { type: 'CAA', name: target, ttl: 60, data };
    });
    return [...chain, ...records];
  }

  #moodFor(resolver: number, name: string): ResolverMood {
    for (let at = name; at !== ''; at = at.includes('.') ? at.slice(at.indexOf('.') + 1) : '') {
      const moods = this.#moods.get(at);
      if (moods) return moods[resolver] ?? 'answers';
    }
    return 'answers';
  }
}
