// Changes of one zone asked for at the same moment go to Route 53 in one change batch, and none suffers from another's refusal.

import { type Change, ChangeResourceRecordSetsCommand, type Route53Client } from '@aws-sdk/client-route-53';
import { Problem } from '../../domain/problem.ts';
import { GatheredWork } from './gathered-work.ts';
import type { FoundZone } from './hosted-zones.ts';
import type { RecordSets } from './record-sets.ts';
import { type Route53Calls, statusOf, wordsOf } from './route53-calls.ts';
import { type Plan, planSwap, type RecordSetId, type Swap, type Wish, wishesBySet } from './set-swap.ts';

export interface RecordChangesOptions {
  readonly client: Route53Client;
  readonly records: RecordSets;
  /** A fresh deadline: each batch has its own. */
  readonly newCalls: () => Route53Calls;
  readonly pause: (ms: number) => Promise<void>;
}

/** Limits of one batch. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html */
export const RECORDS_A_BATCH = 1000;
export const CHARACTERS_A_BATCH = 32_000;

/** Orders that are due together come within tenths of a second, on a busy machine within some; DNS takes longer than any of this. */
const gathering = { quietMs: 100, longestMs: 2_000, restMs: 1_000 } as const;

/** What goes into one batch if it fits: for each set its wishes; and how often that was refused for a race. */
interface Group {
  readonly sets: readonly (readonly Wish[])[];
  readonly races: number;
}

const lostRace = /but it already exists|but it was not found|do not match the current values/;

/**
 * Works inside one process: two processes (on AWS each step is one) send a batch each. Nothing is lost between them, since every
 * set in a batch is a compare-and-swap (DELETE of exactly what was read, CREATE of what is wanted) and never an UPSERT, which would
 * lose what another order put there in between.
 */
export class RecordChanges {
  readonly #options: RecordChangesOptions;
  readonly #gathered = new Map<string, GatheredWork<Wish>>();

  constructor(options: RecordChangesOptions) {
    this.#options = options;
  }

  /** Resolves when the wish is fulfilled: plans from what stands there, writes only if that still stands there, else plans anew. */
  async swap(zone: FoundZone, id: RecordSetId, plan: Plan): Promise<void> {
    const end = Promise.withResolvers<void>();
    this.#gatheredFor(zone).add({ id, plan, end }).catch(end.reject);
    await end.promise;
  }

  #gatheredFor(zone: FoundZone): GatheredWork<Wish> {
    const { pause, newCalls } = this.#options;
    const known = this.#gathered.get(zone.id);
    const gathered =
      known ??
      new GatheredWork<Wish>({
        work: (wishes) => this.#fulfil(newCalls(), zone, wishesBySet(wishes)),
        pause,
        ...gathering,
      });
    this.#gathered.set(zone.id, gathered);
    return gathered;
  }

  /**
   * A batch that is refused is read and sent again once, in case a race was lost; then its halves go by themselves. What is tried
   * again goes to the back, so that one that is refused for ever holds up no other.
   */
  async #fulfil(calls: Route53Calls, zone: FoundZone, wishes: Group['sets']): Promise<void> {
    const queue: Group[] = [{ sets: wishes, races: 0 }];
    for (let group = queue.shift(); group; group = queue.shift()) {
      const swaps = await this.#plan(calls, zone, group.sets);
      const batch = fitting(swaps);
      if (swaps.length > batch.length) queue.push({ sets: wishesOf(swaps.slice(batch.length)), races: 0 });
      const refusal = await this.#send(calls, zone, batch);
      if (refusal === undefined) {
        for (const swap of batch) swap.tell();
      } else if (mayBeLostRace(refusal) && (batch.length === 1 || group.races === 0)) {
        queue.push({ sets: wishesOf(batch), races: group.races + 1 });
        await calls.pauseOr('record-busy', `${shown(batch)} keeps changing under us`, refusal);
      } else {
        const parts = halvesOf(wishesOf(batch));
        queue.push(...parts.map((sets) => ({ sets, races: 0 })));
        if (parts.length === 0) refuse(batch, refusal);
      }
    }
  }

  /** Those with something to change; the others have learnt their end. */
  async #plan(calls: Route53Calls, zone: FoundZone, wishes: Group['sets']): Promise<readonly Swap[]> {
    const ids = wishes.flatMap(([first]) => (first ? [first.id] : []));
    const standing = await this.#options.records.read(
      calls,
      zone,
      ids.map(({ name }) => name),
    );
    const swaps = ids.map((id, index) => planSwap(wishes[index] ?? [], id, standing.get(id.name)));
    for (const swap of swaps) if (swap.changes.length === 0) swap.tell();
    return swaps.filter((swap) => swap.changes.length > 0);
  }

  /** The refusal of the whole batch, if that is what Route 53 answers. */
  async #send(calls: Route53Calls, zone: FoundZone, batch: readonly Swap[]): Promise<Error | undefined> {
    if (batch.length === 0) return undefined;
    const input = { HostedZoneId: zone.id, ChangeBatch: { Changes: batch.flatMap(({ changes }) => changes) } };
    try {
      await calls.send(`changing ${shown(batch)}`, (options) =>
        this.#options.client.send(new ChangeResourceRecordSetsCommand(input), options),
      );
      return undefined;
    } catch (error) {
      if (!isBatchRefusal(error)) throw error;
      return error;
    }
  }
}

/** As many from the front as one batch holds; at least one, which Route 53 may then refuse for itself. */
function fitting(swaps: readonly Swap[]): readonly Swap[] {
  let records = 0;
  let characters = 0;
  const tooMany = swaps.findIndex(({ changes }, index) => {
    const values = changes.flatMap(valuesOf);
    records += values.length;
    characters += values.reduce((sum, value) => sum + value.length, 0);
    return index > 0 && (records > RECORDS_A_BATCH || characters > CHARACTERS_A_BATCH);
  });
  return tooMany < 0 ? swaps : swaps.slice(0, tooMany);
}

function valuesOf(change: Change): readonly string[] {
  return (change.ResourceRecordSet?.ResourceRecords ?? []).flatMap(({ Value }) => Value ?? []);
}

function wishesOf(swaps: readonly Swap[]): Group['sets'] {
  return swaps.map(({ wishes }) => wishes);
}

/** Half of the sets each, of one set half of its wishes; nothing when there is only one wish. */
function halvesOf(sets: Group['sets']): readonly Group['sets'][] {
  const [only = []] = sets;
  if (sets.length === 1 && only.length < 2) return [];
  const halve = <Thing>(things: readonly Thing[]) => {
    const half = Math.ceil(things.length / 2);
    return [things.slice(0, half), things.slice(half)];
  };
  return sets.length > 1 ? halve(sets) : halve(only).map((part) => [part]);
}

function refuse(batch: readonly Swap[], refusal: Error): void {
  const problem = new Problem('dns-refused', `changing ${shown(batch)}: ${wordsOf(refusal)}`, { cause: refusal });
  for (const { end } of batch.flatMap(({ wishes }) => wishes)) end.reject(problem);
}

function shown(batch: readonly Swap[]): string {
  const [first] = batch;
  const more = batch.length > 1 ? ` and ${batch.length - 1} more` : '';
  return `"${first?.id.name}" ${first?.id.type}${more}`;
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
