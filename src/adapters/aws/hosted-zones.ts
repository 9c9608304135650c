// Which hosted zone a name belongs to and which name servers answer for it, asked of Route 53 from the name upwards.

import { GetHostedZoneCommand, ListHostedZonesByNameCommand, type Route53Client } from '@aws-sdk/client-route-53';
import { Problem } from '../../domain/problem.ts';
import type { Route53Calls } from './route53-calls.ts';

export interface FoundZone {
  /** `Z…`, without `/hostedzone/`. */
  readonly id: string;
  /** Lower case, no final dot. */
  readonly name: string;
}

/** How long a zone found for a name is believed: a zone cut below it appears within this time. */
const REMEMBERED_MS = 60_000;
const REMEMBERED_NAMES = 1000;

/** A request for each label is a request of a small budget: the apex of a zone is not deeper than this. */
const DEEPEST_APEX_LABELS = 10;

/** Zones of one name: private ones of any number of networks, and the public one. */
const ZONES_A_PAGE = 50;

interface Remembered {
  readonly zone: FoundZone;
  readonly untilMs: number;
}

export class HostedZones {
  readonly #client: Route53Client;
  readonly #now: () => Date;
  readonly #zones = new Map<string, Remembered>();
  readonly #nameServers = new Map<string, readonly string[]>();

  constructor(client: Route53Client, now: () => Date) {
    this.#client = client;
    this.#now = now;
  }

  /** The public zone with the longest name that is the name or a parent of it. Two of one name are a `dns-refused` problem. */
  async find(calls: Route53Calls, name: string): Promise<FoundZone | undefined> {
    const remembered = this.#zones.get(name);
    if (remembered && this.#now().getTime() < remembered.untilMs) return remembered.zone;
    const labels = name.split('.').slice(-DEEPEST_APEX_LABELS);
    for (const depth of labels.keys()) {
      const zone = await this.#named(calls, labels.slice(depth).join('.'));
      if (zone) return this.#remember(name, zone);
    }
    return undefined;
  }

  /** Host names, without final dot; those Route 53 assigned to the zone. */
  async nameServers(calls: Route53Calls, zone: FoundZone): Promise<readonly string[]> {
    const known = this.#nameServers.get(zone.id);
    if (known) return known;
    const found = await calls.send(`reading zone "${zone.name}"`, (options) =>
      this.#client.send(new GetHostedZoneCommand({ Id: zone.id }), options),
    );
    const servers = (found.DelegationSet?.NameServers ?? []).map(plain);
    if (servers.length === 0) throw new Problem('dns-refused', `zone "${zone.name}" lists no name servers`);
    this.#nameServers.set(zone.id, servers);
    return servers;
  }

  /** For a zone that turned out to be gone. */
  forget(zone: FoundZone): void {
    this.#nameServers.delete(zone.id);
    for (const [name, remembered] of this.#zones) if (remembered.zone.id === zone.id) this.#zones.delete(name);
  }

  async #named(calls: Route53Calls, name: string): Promise<FoundZone | undefined> {
    const input = { DNSName: name, MaxItems: ZONES_A_PAGE };
    const listed = await calls.send(`looking for zone "${name}"`, (options) =>
      this.#client.send(new ListHostedZonesByNameCommand(input), options),
    );
    const open = (listed.HostedZones ?? []).filter(
      (zone) => plain(zone.Name ?? '') === name && !zone.Config?.PrivateZone,
    );
    const ids = open.flatMap((zone) => zone.Id?.replace('/hostedzone/', '') ?? []);
    if (ids.length > 1) {
      // Only one of them is delegated; a record in the other would never be seen.
      throw new Problem(
        'dns-refused',
        `there are ${ids.length} public hosted zones named "${name}": ${ids.join(', ')}`,
      );
    }
    return ids[0] === undefined ? undefined : { id: ids[0], name };
  }

  #remember(name: string, zone: FoundZone): FoundZone {
    if (this.#zones.size >= REMEMBERED_NAMES) this.#zones.clear();
    this.#zones.set(name, { zone, untilMs: this.#now().getTime() + REMEMBERED_MS });
    return zone;
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
