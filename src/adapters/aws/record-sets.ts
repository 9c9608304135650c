// Reads record sets of a hosted zone and changes one by compare-and-swap: the exact old set out, the new one in, or nothing.

import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
  type RRType,
} from '@aws-sdk/client-route-53';
import { Problem } from '../../domain/problem.ts';
import type { FoundZone } from './hosted-zones.ts';
import { type Route53Calls, statusOf, wordsOf } from './route53-calls.ts';

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

/** `keep` = nothing to do; undefined = no such set any more. May throw to leave everything as it is. */
export type Plan = (standing: StandingSet | undefined, all: readonly StandingSet[]) => PlainSet | undefined | 'keep';

export interface RecordSetId {
  readonly zone: FoundZone;
  readonly name: string;
  readonly type: 'TXT' | 'A' | 'AAAA';
}

/** More than one name can hold: the types, and the variants of a routing policy. */
const SETS_A_PAGE = 50;

const lostRace = /but it already exists|but it was not found|do not match the current values/;

export class RecordSets {
  readonly #client: Route53Client;

  constructor(client: Route53Client) {
    this.#client = client;
  }

  /** All sets at the name. */
  async read(calls: Route53Calls, zone: FoundZone, name: string): Promise<readonly StandingSet[]> {
    const input = { HostedZoneId: zone.id, StartRecordName: name, MaxItems: SETS_A_PAGE };
    const listed = await calls.send(`reading "${name}"`, (options) =>
      this.#client.send(new ListResourceRecordSetsCommand(input), options),
    );
    const here = (listed.ResourceRecordSets ?? []).filter((set) => set.Name?.toLowerCase().replace(/\.$/, '') === name);
    return here.map(standingSet);
  }

  /**
   * Plans from what stands there and writes only if that still stands there; else plans anew. Never an UPSERT: it would lose
   * what another order put there in between.
   */
  async swap(calls: Route53Calls, id: RecordSetId, plan: Plan): Promise<void> {
    for (;;) {
      const all = await this.read(calls, id.zone, id.name);
      const standing = all.find((set) => set.type === id.type);
      const wanted = plan(standing, all);
      const changes = wanted === 'keep' ? [] : swapChanges(id, standing, wanted);
      if (changes.length === 0) return;
      try {
        await this.#change(calls, id, changes);
        return;
      } catch (error) {
        if (!isBatchRefusal(error)) throw error;
        if (!mayBeLostRace(error)) {
          throw new Problem('dns-refused', `changing "${id.name}" ${id.type}: ${wordsOf(error)}`, { cause: error });
        }
        await calls.pauseOr('record-busy', `"${id.name}" ${id.type} keeps changing under us`, error);
      }
    }
  }

  async #change(calls: Route53Calls, { zone, name, type }: RecordSetId, changes: Change[]): Promise<void> {
    const input = { HostedZoneId: zone.id, ChangeBatch: { Changes: changes } };
    await calls.send(`changing "${name}" ${type}`, (options) =>
      this.#client.send(new ChangeResourceRecordSetsCommand(input), options),
    );
  }
}

function swapChanges(id: RecordSetId, standing: StandingSet | undefined, wanted: PlainSet | undefined): Change[] {
  const change = (action: 'CREATE' | 'DELETE', set: PlainSet): Change => ({
    Action: action,
    ResourceRecordSet: {
      Name: id.name,
      Type: id.type satisfies RRType,
      TTL: set.ttl,
      ResourceRecords: set.values.map((value) => ({ Value: value })),
    },
  });
  return [...(standing ? [change('DELETE', standing)] : []), ...(wanted ? [change('CREATE', wanted)] : [])];
}

function standingSet(set: ResourceRecordSet): StandingSet {
  return {
    type: set.Type ?? '',
    ttl: set.TTL ?? 0,
    values: (set.ResourceRecords ?? []).flatMap((record) => record.Value ?? []),
    special: set.AliasTarget !== undefined || set.SetIdentifier !== undefined,
  };
}

/** Route 53 has answered this with two forms of XML; the SDK reads no code out of the older one. */
function isBatchRefusal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.name === 'InvalidChangeBatch' || (statusOf(error) === 400 && error.name === 'Unknown');
}

/** A refusal without a readable reason is read again: that ends with the attempts, at the latest. */
function mayBeLostRace(error: Error): boolean {
  const messages = 'messages' in error && Array.isArray(error.messages) ? error.messages : [];
  const text = [error.message, ...messages].join(' ');
  return lostRace.test(text) || error.name === 'Unknown' || text.trim() === '' || error.message === 'UnknownError';
}
