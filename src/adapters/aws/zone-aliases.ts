// The alias at a name of a hosted zone, as the zone holds it now; wildcards and cuts of the zone are seen as name servers see them.

import type { ZoneCut } from '../../domain/delegation.ts';
import { GatheredWork } from './gathered-work.ts';
import type { FoundZone } from './hosted-zones.ts';
import type { RecordSets, StandingName, StandingSet } from './record-sets.ts';
import type { Route53Calls } from './route53-calls.ts';

export interface ZoneAliasesOptions {
  readonly records: RecordSets;
  /** A fresh deadline: each round of reading has its own. */
  readonly newCalls: () => Route53Calls;
  readonly pause: (ms: number) => Promise<void>;
}

/** `alias`: the target as it was written, or undefined. `cut`: another zone's servers answer for the name. */
export type AliasFinding = { readonly alias: string | undefined; readonly cut?: undefined } | { readonly cut: ZoneCut };

interface Question {
  readonly name: string;
  readonly end: PromiseWithResolvers<AliasFinding>;
}

const gathering = { quietMs: 10, longestMs: 100, restMs: 0 } as const;

export class ZoneAliases {
  readonly #options: ZoneAliasesOptions;
  readonly #gathered = new Map<string, GatheredWork<Question>>();

  constructor(options: ZoneAliasesOptions) {
    this.#options = options;
  }

  /** Questions of the same moment are answered from the same pages. */
  async aliasAt(zone: FoundZone, name: string): Promise<AliasFinding> {
    const end = Promise.withResolvers<AliasFinding>();
    this.#gatheredFor(zone).add({ name, end }).catch(end.reject);
    return end.promise;
  }

  #gatheredFor(zone: FoundZone): GatheredWork<Question> {
    const { pause, newCalls } = this.#options;
    const known = this.#gathered.get(zone.id);
    const work = (questions: readonly Question[]) => this.#answer(newCalls(), zone, questions);
    const gathered = known ?? new GatheredWork<Question>({ work, pause, ...gathering });
    this.#gathered.set(zone.id, gathered);
    return gathered;
  }

  async #answer(calls: Route53Calls, zone: FoundZone, questions: readonly Question[]): Promise<void> {
    const { records } = this.#options;
    const names = questions.flatMap(({ name }) => [name, ...between(name, zone).flatMap((at) => [at, `*.${at}`])]);
    const standing = await records.read(calls, zone, names);
    const open = questions.filter(({ name, end }) => {
      const finding = findingFor(name, zone, standing);
      if (finding) end.resolve(finding);
      return !finding;
    });
    if (open.length === 0) return;
    const wildcard = `*.${zone.name}`;
    const alias = aliasOf((await records.read(calls, zone, [wildcard])).get(wildcard));
    for (const { end } of open) end.resolve({ alias });
  }
}

/**
 * The closest name above that exists decides about the wildcard (RFC 4592, 3.3.1). Undefined when that is the zone itself, which mostly stands on
 * another page.
 */
function findingFor(
  name: string,
  zone: FoundZone,
  standing: ReadonlyMap<string, StandingName>,
): AliasFinding | undefined {
  const above = between(name, zone);
  const cut = [...above.toReversed(), name].find((at) => at !== zone.name && setOf(standing.get(at), 'NS'));
  if (cut !== undefined) return { cut: { at: cut } };
  if (standing.get(name)?.exists || name === zone.name) return { alias: aliasOf(standing.get(name)) };
  const closest = above.find((at) => standing.get(at)?.exists);
  return closest === undefined ? undefined : { alias: aliasOf(standing.get(`*.${closest}`)) };
}

/** The names between this one and its zone, both left out, the closest first. */
function between(name: string, zone: FoundZone): readonly string[] {
  const labels = name.split('.');
  const depth = labels.length - zone.name.split('.').length;
  return Array.from({ length: Math.max(0, depth - 1) }, (_, index) => labels.slice(index + 1).join('.'));
}

function aliasOf(standing: StandingName | undefined): string | undefined {
  return setOf(standing, 'CNAME')?.values[0];
}

function setOf(standing: StandingName | undefined, type: string): StandingSet | undefined {
  return standing?.sets.find((set) => set.type === type);
}
