// What a zone of the sandbox holds: record sets, written as Route 53 writes them.

/** The types the sandbox knows; a zone never holds another. */
export const recordTypes = ['A', 'AAAA', 'CAA', 'CNAME', 'NS', 'SOA', 'TXT'] as const;

export type RecordType = (typeof recordTypes)[number];

/**
 * All values of one name and type. `name` is lower case without final dot (`*.` in front for a wildcard), `ttl` in
 * seconds, `values` in presentation form (RFC 1035, 5.1), as Route 53 shows them: TXT strings in quotation marks,
 * names of CNAME, NS and SOA with or without final dot.
 */
export interface RecordSet {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  readonly values: readonly string[];
}

/** `name` is the apex, lower case without final dot; the records include its SOA and NS. */
export interface ZoneContent {
  readonly name: string;
  readonly records: readonly RecordSet[];
}

export function isRecordType(text: string): text is RecordType {
  return recordTypes.some((type) => type === text);
}

/** `PBX.Northwind.test.` → `pbx.northwind.test`. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
