// Reads what stands at names of a hosted zone, as few pages of it as hold them all.

import { ListResourceRecordSetsCommand, type ResourceRecordSet, type Route53Client } from '@aws-sdk/client-route-53';
import { isWithin } from '../../domain/dns-name.ts';
import type { FoundZone } from './hosted-zones.ts';
import { compareListed, plainListed } from './listing-order.ts';
import type { Route53Calls } from './route53-calls.ts';

/** As Route 53 writes it: TXT values quoted. `ttl` in seconds. */
export interface PlainSet {
  readonly ttl: number;
  readonly values: readonly string[];
}

/** `special`: an AWS alias or a set with a routing policy, which is never ours. */
export interface StandingSet extends PlainSet {
  readonly type: string;
  readonly special: boolean;
}

export interface StandingName {
  readonly sets: readonly StandingSet[];
  /** Whether there is anything at the name or below it: then no wildcard stands in for it (RFC 4592, 2.2). */
  readonly exists: boolean;
}

/** More than one name can hold: the types, and the variants of a routing policy. */
const SETS_A_NAME = 50;

/** The most Route 53 lists at once. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html */
const SETS_A_PAGE = 300;

interface RecordPage {
  readonly sets: readonly { readonly name: string; readonly set: StandingSet }[];
  /** Of the first set that is not on the page; undefined when the page is the last. */
  readonly nextName: string | undefined;
}

export class RecordSets {
  readonly #client: Route53Client;

  constructor(client: Route53Client) {
    this.#client = client;
  }

  /** Names that stand near each other in Route 53's order come in one request: never more requests than names or pages. */
  async read(
    calls: Route53Calls,
    zone: FoundZone,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, StandingName>> {
    const read = new Map<string, StandingName>();
    let left = [...new Set(names)].sort(compareListed);
    for (let [first] = left; first !== undefined; [first] = left) {
      const page = await this.#list(calls, zone, { from: first, items: SETS_A_NAME * left.length });
      const isOn = (name: string) =>
        name === first || page.nextName === undefined || compareListed(name, page.nextName) < 0;
      for (const name of left.filter(isOn)) read.set(name, standingAt(page, name));
      left = left.filter((name) => !isOn(name));
    }
    return read;
  }

  async #list(
    calls: Route53Calls,
    zone: FoundZone,
    { from, items }: { readonly from: string; readonly items: number },
  ): Promise<RecordPage> {
    const input = { HostedZoneId: zone.id, StartRecordName: from, MaxItems: Math.min(items, SETS_A_PAGE) };
    const listed = await calls.send(`reading "${from}"`, (options) =>
      this.#client.send(new ListResourceRecordSetsCommand(input), options),
    );
    const sets = (listed.ResourceRecordSets ?? []).map((set) => ({
      name: plainListed(set.Name ?? ''),
      set: standingSet(set),
    }));
    return { sets, nextName: listed.IsTruncated ? plainListed(listed.NextRecordName ?? '') : undefined };
  }
}

function standingAt({ sets, nextName }: RecordPage, name: string): StandingName {
  const named = nextName === undefined ? sets : [...sets, { name: nextName }];
  return {
    sets: sets.flatMap((one) => (one.name === name ? one.set : [])),
    exists: named.some((one) => isWithin(one.name, name)),
  };
}

function standingSet(set: ResourceRecordSet): StandingSet {
  return {
    type: set.Type ?? '',
    ttl: set.TTL ?? 0,
    values: (set.ResourceRecords ?? []).flatMap((record) => record.Value ?? []),
    special: set.AliasTarget !== undefined || set.SetIdentifier !== undefined,
  };
}
