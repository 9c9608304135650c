// Zones and addresses in Route 53: every change a compare-and-swap, visible only when each authoritative server says so.

import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Route53Client } from '@aws-sdk/client-route-53';
import { sameAddresses } from '../../domain/address-values.ts';
import { type AliasChain, endOf, endsElsewhere, extendChain } from '../../domain/delegation.ts';
import { Problem } from '../../domain/problem.ts';
import type { Addresses, AddressRecord, AddressType, TxtRecord, Zones } from '../../ports/zones.ts';
import { type FoundZone, HostedZones } from './hosted-zones.ts';
import { RecordChanges } from './record-changes.ts';
import { RecordSets, type StandingSet } from './record-sets.ts';
import { Route53Calls } from './route53-calls.ts';
import { quotedTxt, txtText } from './txt-text.ts';
import { type AliasFinding, ZoneAliases } from './zone-aliases.ts';

/** What one authoritative server answers; undefined when it is silent or has no authority. `AuthoritativeDns.ask` is one. */
export type AskServer = (
  server: string,
  name: string,
  type: 'TXT' | AddressType,
) => Promise<readonly string[] | undefined>;

export interface Route53ZonesOptions {
  /** Best one that does not retry by itself: `route53Client()`. */
  readonly client: Route53Client;
  readonly askServer: AskServer;
  /**
   * The alias public DNS has at a name outside our zones; `dns-unreachable` when it cannot be found out. `PublicResolvers.findAlias` is
   * one. @default - nothing outside our zones is an alias
   */
  readonly findAlias?: (name: string) => Promise<string | undefined>;
  /** Where customers delegate their challenges to; problems name it. @default - problems speak of a name in a zone of ours */
  readonly delegationZone?: string;
  readonly now: () => Date;
  /** 0 (included) to 1 (excluded), for the length of pauses. */
  readonly random: () => number;
  /** @default - a timer */
  readonly pause?: (ms: number) => Promise<void>;
  /** For all requests and waits of one batch; a call whose batch waits for the one before may take twice as long. @default 20000 */
  readonly budgetMs?: number;
}

/** Answers to challenges are read once and taken away: short, so that a second try is not answered by the first. */
export const TXT_TTL_SECONDS = 60;

/** Short, so that an address that turns out wrong can be taken back soon. */
const ADDRESS_TTL_SECONDS = 60;

/** A hosted zone has four; more at once are nobody's need. */
const SERVERS_ASKED = 8;

export class Route53Zones implements Zones, Addresses {
  readonly #zones: HostedZones;
  readonly #records: RecordSets;
  readonly #changes: RecordChanges;
  readonly #aliases: ZoneAliases;
  readonly #options: Route53ZonesOptions;

  constructor(options: Route53ZonesOptions) {
    this.#options = options;
    this.#zones = new HostedZones(options.client, options.now);
    this.#records = new RecordSets(options.client);
    const together = { records: this.#records, newCalls: () => this.#calls(), pause: options.pause ?? pauseFor };
    this.#changes = new RecordChanges({ ...together, client: options.client });
    this.#aliases = new ZoneAliases(together);
  }

  async findZone(name: string): Promise<string | undefined> {
    const zone = await this.#zones.find(this.#calls(), name);
    return zone?.name;
  }

  async follow(name: string): Promise<string> {
    for (let chain: AliasChain = [name]; ; ) {
      const at = endOf(chain);
      const zone = await this.#zones.find(this.#calls(), at);
      const here: AliasFinding | undefined = zone && (await this.#aliasIn(zone, at));
      const isOurs = here !== undefined && here.cut === undefined;
      const alias = isOurs ? here.alias : await this.#options.findAlias?.(at);
      if (alias !== undefined) chain = extendChain(chain, alias);
      else if (isOurs) return at;
      else throw endsElsewhere(chain, this.#options.delegationZone, here?.cut);
    }
  }

  async add({ name, value }: TxtRecord): Promise<void> {
    await this.#inZone(name, (_, zone) =>
      this.#changes.swap(zone, { name, type: 'TXT' }, (standing, all) => {
        demandPlain(name, standing, all);
        if (standing?.values.some((other) => txtText(other) === value)) return 'keep';
        const ttl = Math.min(TXT_TTL_SECONDS, standing?.ttl ?? TXT_TTL_SECONDS);
        return { ttl, values: [...(standing?.values ?? []), quotedTxt(value)] };
      }),
    );
  }

  async remove({ name, value }: TxtRecord): Promise<void> {
    await this.#inZone(name, (_, zone) =>
      this.#changes.swap(zone, { name, type: 'TXT' }, (standing) => {
        const others = standing?.values.filter((other) => txtText(other) !== value) ?? [];
        if (!standing || standing.special || others.length === standing.values.length) return 'keep';
        return others.length > 0 ? { ttl: standing.ttl, values: others } : undefined;
      }),
    );
  }

  async isVisible({ name, value }: TxtRecord): Promise<boolean> {
    return this.#everyServer(name, 'TXT', (values) => values.includes(value));
  }

  async findAddress(name: string, type: AddressType): Promise<AddressRecord | undefined> {
    const found = await this.#inZone(name, (calls, zone) => this.#records.read(calls, zone, [name]));
    const standing = found.get(name)?.sets.find((set) => set.type === type);
    if (standing?.special) throw conflict(name, 'has an alias or a routing policy of Route 53');
    return standing && { name, type, values: standing.values };
  }

  async replaceAddress(wanted: AddressRecord, expected: AddressRecord | undefined): Promise<void> {
    const { name, type, values } = wanted;
    if (values.length === 0) {
      throw new Problem('bad-request', `values of "${name}" ${type} are empty; give one`, { field: 'values' });
    }
    await this.#inZone(name, (_, zone) =>
      this.#changes.swap(zone, { name, type }, (standing, all) => {
        demandPlain(name, standing, all);
        const seen = standing?.values ?? [];
        if (sameAddresses(seen, values)) return 'keep';
        if (sameAddresses(seen, expected?.values ?? []))
          return { ttl: ADDRESS_TTL_SECONDS, values: [...new Set(values)] };
        throw conflict(name, `${type} holds ${seen.join(', ') || 'nothing'}`);
      }),
    );
  }

  async addressIsVisible({ name, type, values }: AddressRecord): Promise<boolean> {
    return this.#everyServer(name, type, (seen) => sameAddresses(seen, values));
  }

  /** INSYNC is not asked: what a CA sees is what the servers say. */
  async #everyServer(
    name: string,
    type: 'TXT' | AddressType,
    isRight: (values: readonly string[]) => boolean,
  ): Promise<boolean> {
    const servers = await this.#inZone(name, (calls, zone) => this.#zones.nameServers(calls, zone));
    const answers = await Promise.all(
      servers.slice(0, SERVERS_ASKED).map((server) => this.#options.askServer(server, name, type)),
    );
    return answers.every((values) => values !== undefined && isRight(values));
  }

  async #inZone<Result>(name: string, act: (calls: Route53Calls, zone: FoundZone) => Promise<Result>): Promise<Result> {
    const calls = this.#calls();
    const zone = await this.#zones.find(calls, name);
    if (!zone) throw noZone(name);
    return this.#unlessGone(zone, name, act(calls, zone));
  }

  #aliasIn(zone: FoundZone, name: string): Promise<AliasFinding> {
    return this.#unlessGone(zone, name, this.#aliases.aliasAt(zone, name));
  }

  async #unlessGone<Result>(zone: FoundZone, name: string, act: Promise<Result>): Promise<Result> {
    try {
      return await act;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'NoSuchHostedZone')) throw error;
      this.#zones.forget(zone);
      throw noZone(name, error);
    }
  }

  #calls(): Route53Calls {
    const { now, random, pause = pauseFor, budgetMs = 20_000 } = this.#options;
    return new Route53Calls({ now, random, pause, budgetMs });
  }
}

function demandPlain(name: string, standing: StandingSet | undefined, all: readonly StandingSet[]): void {
  const alias = all.find((set) => set.type === 'CNAME');
  if (alias) throw conflict(name, `is an alias of "${alias.values[0] ?? ''}"`);
  if (standing?.special) throw conflict(name, 'has an alias or a routing policy of Route 53');
}

function conflict(name: string, seen: string): Problem {
  return new Problem('record-conflict', `"${name}" ${seen}; left as it is`);
}

function noZone(name: string, cause?: unknown): Problem {
  const message = `no zone covers "${name}"; the account has no public hosted zone for it or a parent of it`;
  return new Problem('no-zone-for-name', message, cause === undefined ? {} : { cause });
}
