// What a change batch makes of a hosted zone: all of its changes or none, as Route 53 judges them.

import { isWithin } from '../../domain/dns-name.ts';
import { compareRecords, type HostedRecordSet, type HostedZone, shownName } from './hosted-zone.ts';
import { objectionsTo } from './record-rules.ts';

export type ChangeAction = 'CREATE' | 'DELETE' | 'UPSERT';

export interface Change {
  readonly action: ChangeAction;
  readonly set: HostedRecordSet;
}

/** Limits of one batch; an UPSERT counts twice. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html */
const RECORDS_LIMIT = 1000;
const CHARACTERS_LIMIT = 32_000;

export type BatchOutcome =
  | { readonly accepted: true; readonly records: readonly HostedRecordSet[] }
  | { readonly accepted: false; readonly messages: readonly string[] };

/** Changes are applied in their order to a copy; the messages of a refusal are those of Route 53. */
export function applyBatch(zone: HostedZone, changes: readonly Change[]): BatchOutcome {
  const refused = [...overLimits(changes), ...contradictions(changes)];
  if (refused.length > 0) return { accepted: false, messages: refused };

  const records = new Map(zone.records.map((record) => [keyOf(record), record]));
  const messages = changes.flatMap((change) => applyChange(zone, records, change));
  messages.push(...brokenZone(zone, [...records.values()], changes));
  if (messages.length > 0) return { accepted: false, messages };
  return { accepted: true, records: [...records.values()].sort(compareRecords) };
}

/** What a batch costs of the change bucket. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/throttling-api-requests.html */
export function costOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { action }) => sum + (action === 'UPSERT' ? 2 : 1), 0);
}

function applyChange(zone: HostedZone, records: Map<string, HostedRecordSet>, change: Change): readonly string[] {
  const { action, set } = change;
  const shown = `[name='${shownName(set.name)}', type='${set.type}']`;
  if (!isWithin(set.name, zone.name)) {
    return [`RRSet with DNS name ${shownName(set.name)} is not permitted in zone ${shownName(zone.name)}`];
  }
  const standing = records.get(keyOf(set));
  if (action === 'DELETE') {
    if (!standing) return [`Tried to delete resource record set ${shown} but it was not found`];
    if (!isSame(standing, set)) {
      return [`Tried to delete resource record set ${shown} but the values provided do not match the current values`];
    }
    records.delete(keyOf(set));
    return [];
  }
  if (action === 'CREATE' && standing) return [`Tried to create resource record set ${shown} but it already exists`];
  const objections = objectionsTo(set);
  if (objections.length === 0) records.set(keyOf(set), set);
  return objections;
}

function overLimits(changes: readonly Change[]): readonly string[] {
  const counted = changes.flatMap(({ action, set }) => (action === 'UPSERT' ? [set, set] : [set]));
  const values = counted.flatMap((set) => set.values);
  const characters = values.reduce((sum, value) => sum + value.length, 0);
  return [
    ...(values.length > RECORDS_LIMIT ? [`Number of records limit of ${RECORDS_LIMIT} exceeded.`] : []),
    ...(characters > CHARACTERS_LIMIT ? [`RDATA character limit of ${CHARACTERS_LIMIT} exceeded.`] : []),
  ];
}

/** One set may be changed once, or taken away and then put there anew. */
function contradictions(changes: readonly Change[]): readonly string[] {
  const bySet = new Map<string, Change[]>();
  for (const change of changes) bySet.set(keyOf(change.set), [...(bySet.get(keyOf(change.set)) ?? []), change]);
  return [...bySet.values()].flatMap(([first, second, ...more]) => {
    const renewed = first?.action === 'DELETE' && second?.action !== 'DELETE' && more.length === 0;
    if (!first || !second || renewed) return [];
    const shown = `${first.set.type} ${shownName(first.set.name)}`;
    return [`The request contains an invalid set of changes for a resource record set '${shown}'`];
  });
}

function brokenZone(
  zone: HostedZone,
  records: readonly HostedRecordSet[],
  changes: readonly Change[],
): readonly string[] {
  const at = shownName(zone.name);
  const touched = new Set(changes.map(({ set }) => set.name));
  const apex = records.filter((record) => record.name === zone.name);
  const messages: string[] = [];
  if (!apex.some(({ type }) => type === 'SOA')) messages.push('A HostedZone must contain exactly one SOA record.');
  if (!apex.some(({ type }) => type === 'NS')) {
    messages.push('A HostedZone must contain at least one NS record for the zone itself.');
  }
  for (const cname of records.filter(({ name, type }) => type === 'CNAME' && touched.has(name))) {
    const beside = records.find(({ name, type }) => name === cname.name && type !== 'CNAME');
    if (cname.name === zone.name) {
      messages.push(`RRSet of type CNAME with DNS name ${at} is not permitted at apex in zone ${at}`);
    } else if (beside) {
      const created = changes.some(({ set }) => set.name === cname.name && set.type === 'CNAME')
        ? 'CNAME'
        : beside.type;
      messages.push(
        `RRSet of type ${created} with DNS name ${shownName(cname.name)} is not permitted as it conflicts with other records with the same DNS name in zone ${at}`,
      );
    }
  }
  return messages;
}

/** A DELETE must give the TTL and all values, in any order. */
function isSame(a: HostedRecordSet, b: HostedRecordSet): boolean {
  const values = (set: HostedRecordSet) => JSON.stringify([...set.values].sort());
  return a.ttl === b.ttl && a.aliasTarget === b.aliasTarget && values(a) === values(b);
}

function keyOf({ name, type, setIdentifier = '' }: HostedRecordSet): string {
  return `${name} ${type} ${setIdentifier}`;
}
