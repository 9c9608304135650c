// Which hosted zone a name belongs to and which name servers answer for it, asked of Route 53 a page of zones at a time.

import { GetHostedZoneCommand, ListHostedZonesByNameCommand, type Route53Client } from '@aws-sdk/client-route-53';
import { isWithin } from '../../domain/dns-name.ts';
import { Problem } from '../../domain/problem.ts';
import { compareListed, plainListed } from './listing-order.ts';
import type { Route53Calls } from './route53-calls.ts';

export interface FoundZone {
  /** `Z…`, without `/hostedzone/`. */
  readonly id: string;
  /** Lower case, no final dot. */
  readonly name: string;
}

/** How long a page of zones is believed: a zone cut below one of them appears within this time. */
export const REMEMBERED_MS = 60_000;
const REMEMBERED_PAGES = 1000;

/** A request for each label is a request of a small budget: the apex of a zone is not deeper than this. */
const DEEPEST_APEX_LABELS = 10;

/** The most Route 53 lists at once. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html */
export const ZONES_A_PAGE = 100;

/** The public zones from a suffix on, in Route 53's order, as far as one page goes. */
interface ZonePage {
  readonly zones: readonly FoundZone[];
  /** Of the first zone that is not on the page; undefined when the page is the last. */
  readonly nextName: string | undefined;
  readonly untilMs: number;
}

export class HostedZones {
  readonly #client: Route53Client;
  readonly #now: () => Date;
  readonly #pages = new Map<string, ZonePage>();
  readonly #asked = new Map<string, Promise<ZonePage>>();
  readonly #nameServers = new Map<string, Promise<readonly string[]>>();

  constructor(client: Route53Client, now: () => Date) {
    this.#client = client;
    this.#now = now;
  }

  /**
   * The public zone with the longest name that is the name or a parent of it. Two of one name are a `dns-refused` problem. Never
   * more than one request a label, and none for what another name has made known within the last minute; but that no zone is
   * there is never taken from memory: somebody may just have made it.
   */
  async find(calls: Route53Calls, name: string): Promise<FoundZone | undefined> {
    let fromMemory = false;
    const found = await this.#search(name, (suffix) => {
      const page = this.#remembered(suffix);
      fromMemory ||= page !== undefined;
      return page ?? this.#ask(calls, suffix);
    });
    if (found !== undefined || !fromMemory) return found;
    return this.#search(name, (suffix) => this.#ask(calls, suffix));
  }

  /** Host names, without final dot; those Route 53 assigned to the zone. */
  nameServers(calls: Route53Calls, zone: FoundZone): Promise<readonly string[]> {
    const known = this.#nameServers.get(zone.id);
    if (known) return known;
    const asked = this.#askNameServers(calls, zone);
    this.#nameServers.set(zone.id, asked);
    asked.catch(() => this.#nameServers.delete(zone.id));
    return asked;
  }

  /** For a zone that turned out to be gone. */
  forget(zone: FoundZone): void {
    this.#nameServers.delete(zone.id);
    for (const [suffix, { zones }] of this.#pages) {
      if (zones.some(({ id }) => id === zone.id)) this.#pages.delete(suffix);
    }
  }

  /** From the top down: a page from a short suffix on mostly holds every zone the name could lie in, and serves its neighbours too. */
  async #search(
    name: string,
    pageFrom: (suffix: string) => ZonePage | Promise<ZonePage>,
  ): Promise<FoundZone | undefined> {
    const labels = name.split('.');
    const covering = new Map<string, FoundZone>();
    for (let depth = 1; depth <= Math.min(labels.length, DEEPEST_APEX_LABELS); depth += 1) {
      const page = await pageFrom(labels.slice(-depth).join('.'));
      for (const zone of page.zones) if (isWithin(name, zone.name)) covering.set(zone.id, zone);
      if (page.nextName === undefined || compareListed(page.nextName, name) > 0) break;
    }
    return longest([...covering.values()]);
  }

  /** A page that begins before the suffix and reaches it will do. */
  #remembered(suffix: string): ZonePage | undefined {
    const nowMs = this.#now().getTime();
    for (const [from, page] of this.#pages) {
      const reaches = page.nextName === undefined || compareListed(suffix, page.nextName) < 0;
      if (nowMs < page.untilMs && compareListed(from, suffix) <= 0 && reaches) return page;
    }
    return undefined;
  }

  /** Those who ask for the same page while it is on its way share it. */
  #ask(calls: Route53Calls, suffix: string): Promise<ZonePage> {
    const asked = this.#asked.get(suffix) ?? this.#list(calls, suffix);
    this.#asked.set(suffix, asked);
    const over = () => this.#asked.delete(suffix);
    asked.then(over, over);
    return asked;
  }

  async #list(calls: Route53Calls, suffix: string): Promise<ZonePage> {
    const input = { DNSName: suffix, MaxItems: ZONES_A_PAGE };
    const listed = await calls.send(`looking for zones from "${suffix}" on`, (options) =>
      this.#client.send(new ListHostedZonesByNameCommand(input), options),
    );
    const open = (listed.HostedZones ?? []).filter((zone) => !zone.Config?.PrivateZone);
    const zones = open.flatMap(({ Id, Name }) =>
      Id === undefined || Name === undefined ? [] : { id: Id.replace('/hostedzone/', ''), name: plainListed(Name) },
    );
    const nextName = listed.IsTruncated ? plainListed(listed.NextDNSName ?? '') : undefined;
    const page: ZonePage = { zones, nextName, untilMs: this.#now().getTime() + REMEMBERED_MS };
    if (this.#pages.size >= REMEMBERED_PAGES) this.#pages.clear();
    this.#pages.set(suffix, page);
    return page;
  }

  async #askNameServers(calls: Route53Calls, zone: FoundZone): Promise<readonly string[]> {
    const found = await calls.send(`reading zone "${zone.name}"`, (options) =>
      this.#client.send(new GetHostedZoneCommand({ Id: zone.id }), options),
    );
    const servers = (found.DelegationSet?.NameServers ?? []).map(plainListed);
    if (servers.length === 0) throw new Problem('dns-refused', `zone "${zone.name}" lists no name servers`);
    return servers;
  }
}

/** Only one of two zones of one name is delegated; a record in the other would never be seen. */
function longest(zones: readonly FoundZone[]): FoundZone | undefined {
  const [first, second] = [...zones].sort((a, b) => b.name.length - a.name.length);
  if (!first || second?.name !== first.name) return first;
  const ids = zones.filter(({ name }) => name === first.name).map(({ id }) => id);
  throw new Problem(
    'dns-refused',
    `there are ${ids.length} public hosted zones named "${first.name}": ${ids.join(', ')}`,
  );
}
