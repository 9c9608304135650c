// The alias at a name of a hosted zone, as the zone holds it now; a wildcard stands in for a name that does not exist.

import { GatheredWork } from './gathered-work.ts';
import type { FoundZone } from './hosted-zones.ts';
import type { RecordSets, StandingName } from './record-sets.ts';
import type { Route53Calls } from './route53-calls.ts';

export interface ZoneAliasesOptions {
  readonly records: RecordSets;
  /** A fresh deadline: each round of reading has its own. */
  readonly newCalls: () => Route53Calls;
  readonly pause: (ms: number) => Promise<void>;
}

interface Question {
  readonly name: string;
  readonly end: PromiseWithResolvers<string | undefined>;
}

const gathering = { quietMs: 10, longestMs: 100, restMs: 0 } as const;

export class ZoneAliases {
  readonly #options: ZoneAliasesOptions;
  readonly #gathered = new Map<string, GatheredWork<Question>>();

  constructor(options: ZoneAliasesOptions) {
    this.#options = options;
  }

  /** The target as it was written, or undefined. Questions of the same moment are answered from the same pages. */
  async aliasAt(zone: FoundZone, name: string): Promise<string | undefined> {
    const end = Promise.withResolvers<string | undefined>();
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

  /** The closest name above that exists decides about the wildcard (RFC 4592, 3.3.1): mostly the first, rarely the zone itself. */
  async #answer(calls: Route53Calls, zone: FoundZone, questions: readonly Question[]): Promise<void> {
    let open = questions.map((question) => ({ question, encloser: above(question.name, zone) }));
    while (open.length > 0) {
      const names = open.flatMap(({ question, encloser }) => [
        question.name,
        ...(encloser === undefined ? [] : [encloser, `*.${encloser}`]),
      ]);
      const standing = await this.#options.records.read(calls, zone, names);
      open = open.flatMap(({ question, encloser }) => {
        const at = standing.get(question.name);
        if (at?.exists || encloser === undefined) question.end.resolve(aliasOf(at));
        else if (!standing.get(encloser)?.exists) return [{ question, encloser: above(encloser, zone) }];
        else question.end.resolve(aliasOf(standing.get(`*.${encloser}`)));
        return [];
      });
    }
  }
}

function aliasOf(standing: StandingName | undefined): string | undefined {
  return standing?.sets.find(({ type }) => type === 'CNAME')?.values[0];
}

function above(name: string, zone: FoundZone): string | undefined {
  return name === zone.name ? undefined : name.slice(name.indexOf('.') + 1);
}
