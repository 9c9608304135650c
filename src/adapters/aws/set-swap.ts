// One record set changed by compare-and-swap: the exact old set out, the new one in; several wishes for it become one swap.

import type { Change, RRType } from '@aws-sdk/client-route-53';
import type { PlainSet, StandingName, StandingSet } from './record-sets.ts';

export interface RecordSetId {
  readonly name: string;
  readonly type: 'TXT' | 'A' | 'AAAA';
}

/** `keep` = nothing to do; undefined = no such set any more. May throw to leave everything as it is. */
export type Plan = (standing: StandingSet | undefined, all: readonly StandingSet[]) => PlainSet | undefined | 'keep';

/** What somebody wants of a set, and whom to tell how it ended. */
export interface Wish {
  readonly id: RecordSetId;
  readonly plan: Plan;
  readonly end: PromiseWithResolvers<void>;
}

/** All wishes for one set in the order they came, and what they make of it. */
export interface Swap {
  readonly id: RecordSetId;
  readonly wishes: readonly Wish[];
  /** Empty when the set is to stay as it stands. */
  readonly changes: readonly Change[];
  /** To be called when the changes are made: each wish learns its end. */
  readonly tell: () => void;
}

export function wishesBySet(wishes: readonly Wish[]): readonly (readonly Wish[])[] {
  return [...Map.groupBy(wishes, ({ id }) => `${id.name} ${id.type}`).values()];
}

/** Each wish is planned from what the one before leaves; one that throws changes nothing and spoils no other. */
export function planSwap(wishes: readonly Wish[], id: RecordSetId, found: StandingName | undefined): Swap {
  const all = found?.sets ?? [];
  const standing = all.find(({ type }) => type === id.type);
  const ends: (() => void)[] = [];
  let planned = standing;
  for (const { plan, end } of wishes) {
    try {
      const others = all.filter(({ type }) => type !== id.type);
      const wanted = plan(planned, planned ? [...others, planned] : others);
      if (wanted !== 'keep') planned = wanted && { ...wanted, type: id.type, special: false };
      ends.push(() => end.resolve());
    } catch (error) {
      ends.push(() => end.reject(error));
    }
  }
  const tell = () => {
    for (const say of ends) say();
  };
  return { id, wishes, changes: planned === standing ? [] : swapChanges(id, standing, planned), tell };
}

function swapChanges(id: RecordSetId, standing: PlainSet | undefined, wanted: PlainSet | undefined): readonly Change[] {
  if (standing && wanted && sameSet(standing, wanted)) return [];
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

function sameSet(a: PlainSet, b: PlainSet): boolean {
  const text = ({ ttl, values }: PlainSet) => JSON.stringify([ttl, [...values].sort()]);
  return text(a) === text(b);
}
