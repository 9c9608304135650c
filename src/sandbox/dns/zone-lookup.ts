// What an authoritative server answers for a name and type, from the zones it holds (RFC 1034, 4.3.2).

import { isWithin } from '../../domain/dns-name.ts';
import { soaData } from './record-data.ts';
import type { RecordSet, ZoneContent } from './record-set.ts';

export interface LookupAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
  readonly authoritative: boolean;
  readonly answers: readonly RecordSet[];
  readonly authorities: readonly RecordSet[];
}

/** A zone made ready to be asked: the sets at each name; an empty non-terminal is a name without sets (RFC 4592, 2.2.2). */
export interface IndexedZone {
  readonly name: string;
  readonly sets: ReadonlyMap<string, readonly RecordSet[]>;
}

/** Longest chain of aliases followed before it is called a loop. */
const CHAIN_LIMIT = 8;

export function indexZone(zone: ZoneContent): IndexedZone {
  const sets = new Map<string, RecordSet[]>([[zone.name, []]]);
  for (const record of zone.records) {
    for (let name = record.name; name !== zone.name; name = parentOf(name)) {
      if (!isWithin(name, zone.name)) break;
      if (!sets.has(name)) sets.set(name, []);
    }
    sets.get(record.name)?.push(record);
  }
  return { name: zone.name, sets };
}

/** `name` is lower case without final dot. Aliases are followed through all the zones held: resolvers like c-ares do not. */
export function lookUp(zones: ReadonlyMap<string, IndexedZone>, name: string, type: string): LookupAnswer {
  const answers: RecordSet[] = [];
  let current = name;
  for (let hop = 0; hop < CHAIN_LIMIT; hop += 1) {
    const zone = longestZone(zones, current);
    if (!zone) return { rcode: hop === 0 ? 'REFUSED' : 'NOERROR', authoritative: hop > 0, answers, authorities: [] };
    const found = lookInto(zone, current, type);
    answers.push(...found.answers);
    if (found.alias === undefined) return { ...found, answers };
    current = found.alias;
  }
  return { rcode: 'SERVFAIL', authoritative: false, answers: [], authorities: [] };
}

function lookInto(zone: IndexedZone, name: string, type: string): LookupAnswer & { readonly alias?: string } {
  const cut = delegationAbove(zone, name);
  if (cut) return { rcode: 'NOERROR', authoritative: false, answers: [], authorities: [cut] };

  const sets = zone.sets.get(name) ?? wildcardSets(zone, name);
  if (!sets) return nothing(zone, 'NXDOMAIN');
  const matching = sets.filter((set) => set.type === type || type === 'ANY');
  if (matching.length > 0) return { rcode: 'NOERROR', authoritative: true, answers: matching, authorities: [] };
  const alias = sets.find((set) => set.type === 'CNAME');
  const target = alias?.values[0];
  if (!alias || target === undefined) return nothing(zone, 'NOERROR');
  const next = target.toLowerCase().replace(/\.$/, '');
  return { rcode: 'NOERROR', authoritative: true, answers: [alias], authorities: [], alias: next };
}

/** NODATA and NXDOMAIN carry the SOA, its TTL not above the minimum field (RFC 2308, 3). */
function nothing(zone: IndexedZone, rcode: 'NOERROR' | 'NXDOMAIN'): LookupAnswer {
  const soa = zone.sets.get(zone.name)?.find((set) => set.type === 'SOA');
  const minimum = soaData(soa?.values[0] ?? '')?.minimum ?? 0;
  const authorities = soa ? [{ ...soa, ttl: Math.min(soa.ttl, minimum) }] : [];
  return { rcode, authoritative: true, answers: [], authorities };
}

/** The NS set of a zone cut between the apex and the name: what lies below is another server's to answer. */
function delegationAbove(zone: IndexedZone, name: string): RecordSet | undefined {
  let cut: RecordSet | undefined;
  for (let at = name; at !== zone.name; at = parentOf(at)) {
    cut = zone.sets.get(at)?.find((set) => set.type === 'NS') ?? cut;
  }
  return cut;
}

/** The wildcard below the closest ancestor that exists (RFC 4592, 3.3.1), under the name that was asked. */
function wildcardSets(zone: IndexedZone, name: string): readonly RecordSet[] | undefined {
  let encloser = parentOf(name);
  while (!zone.sets.has(encloser) && encloser !== zone.name) encloser = parentOf(encloser);
  return zone.sets.get(`*.${encloser}`)?.map((set) => ({ ...set, name }));
}

function longestZone(zones: ReadonlyMap<string, IndexedZone>, name: string): IndexedZone | undefined {
  for (let at = name; at !== ''; at = parentOf(at)) {
    const zone = zones.get(at);
    if (zone) return zone;
  }
  return undefined;
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}
