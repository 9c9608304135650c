// A hosted zone as Route 53 keeps it, and the order in which it lists names.

import { createHash } from 'node:crypto';
import type { RecordSet, ZoneContent } from '../dns/record-set.ts';

/** A record set with what only the API knows of it. An alias has no values and no TTL that matters. */
export interface HostedRecordSet extends RecordSet {
  readonly aliasTarget?: string;
  readonly setIdentifier?: string;
}

export interface HostedZone {
  readonly id: string;
  readonly name: string;
  readonly privateZone: boolean;
  /** Grows with every change batch; servers publish what has the higher one. */
  readonly serial: number;
  readonly records: readonly HostedRecordSet[];
  /** Ids of the last change batches, newest last. */
  readonly changeIds: readonly string[];
}

/** SOA and NS values as Route 53 writes them, but a minimum of a second so that a missing name is asked for again soon. */
export function newHostedZone(name: string, nameServers: readonly string[], privateZone = false): HostedZone {
  const [first = ''] = nameServers;
  const soa = `${first}. hostmaster.${first}. 1 7200 900 1209600 1`;
  const records: HostedRecordSet[] = [
    { name, type: 'NS', ttl: 172_800, values: nameServers.map((server) => `${server}.`) },
    { name, type: 'SOA', ttl: 900, values: [soa] },
  ];
  return { id: zoneId(name, privateZone), name, privateZone, serial: 1, records, changeIds: [] };
}

/** The same for the same name, so that a setting written down yesterday still holds. */
function zoneId(name: string, privateZone: boolean): string {
  const digest = createHash('sha256').update(`${privateZone} ${name}`).digest('hex');
  return `Z${BigInt(`0x${digest}`).toString(36).toUpperCase().slice(0, 20)}`;
}

/** What goes to the name servers: plain record sets only. */
export function contentOf(zone: HostedZone): ZoneContent {
  const records = zone.records.filter((record) => record.aliasTarget === undefined);
  return { name: zone.name, records: records.map(({ name, type, ttl, values }) => ({ name, type, ttl, values })) };
}

/** `com.example.www.`: names are listed by their labels from the right. */
export function listingKey(name: string): string {
  return `${name.split('.').reverse().join('.')}.`;
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function compareRecords(a: RecordSet, b: RecordSet): number {
  return compareText(listingKey(a.name), listingKey(b.name)) || compareText(a.type, b.type);
}

/** Names come out with a final dot and unusual characters as `\ooo`; a wildcard is `\052.example.com.`. */
export function shownName(name: string): string {
  const plain = name.replaceAll(/[^a-z0-9._-]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `${plain}.`;
}

/** Takes a name as a request may carry it: any case, with or without final dot, `*` or `\052`. */
export function givenName(name: string): string {
  const plain = name.replaceAll(/\\([0-3][0-7]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
  return plain.toLowerCase().replace(/\.$/, '');
}
