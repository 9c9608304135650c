// Turns the values of a record set into what goes over the wire, and TXT values into text.

import type { Answer, CaaData, SoaData } from 'dns-packet';
import { plainName, type RecordSet } from './record-set.ts';

/** A character string holds at most 255 octets (RFC 1035, 3.3). */
const STRING_LIMIT = 255;

/** The answers of one record set under `owner`, the name as it was asked. A value that cannot be written is left out. */
export function answersOf(set: RecordSet, owner: string): Answer[] {
  return set.values.flatMap((value) => answerOf({ ...set, name: owner }, value) ?? []);
}

function answerOf({ name, type, ttl }: RecordSet, value: string): Answer | undefined {
  const base = { name, ttl, class: 'IN' } as const;
  if (type === 'TXT') {
    const strings = characterStrings(value);
    return Array.isArray(strings) ? { ...base, type, data: strings } : undefined;
  }
  if (type === 'CAA') {
    const data = caaData(value);
    return data && { ...base, type, data };
  }
  if (type === 'SOA') {
    const data = soaData(value);
    return data && { ...base, type, data };
  }
  const data = type === 'A' || type === 'AAAA' ? value : plainName(value);
  return { ...base, type, data };
}

/** The text of a TXT value: its strings joined (RFC 7208, 3.3); undefined when it cannot be read. */
export function txtText(value: string): string | undefined {
  const strings = characterStrings(value);
  return Array.isArray(strings) ? Buffer.concat(strings).toString('utf8') : undefined;
}

/**
 * Reads `"one" "two"` with `\"`, `\\` and octal `\ooo` inside, as Route 53 wants it, and says what is wrong in the words
 * Route 53 uses. https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
 */
export function characterStrings(value: string): Buffer[] | 'not quoted' | 'too long' {
  const strings: Buffer[] = [];
  const oneString = /[ \t]*"((?:[ !#-[\]-~]|\\(?:["\\]|[0-3][0-7]{2}))*)"/y;
  while (oneString.lastIndex < value.length) {
    const found = oneString.exec(value);
    if (!found) return 'not quoted';
    const octets = unescaped(found[1] ?? '');
    if (octets.length > STRING_LIMIT) return 'too long';
    strings.push(octets);
  }
  return strings.length > 0 ? strings : 'not quoted';
}

function unescaped(text: string): Buffer {
  const plain = text.replaceAll(/\\([0-7]{3}|["\\])/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : code,
  );
  return Buffer.from(plain, 'latin1');
}

/** `0 issue "ca.example; accounturi=…"` (RFC 8659, 4.1.1); undefined when it cannot be read. */
export function caaData(value: string): CaaData | undefined {
  const found = /^(\d{1,3}) (issue|issuewild|iodef) "([ !#-~]*)"$/.exec(value);
  const [, flags, tag, text] = found ?? [];
  if (!isCaaTag(tag) || text === undefined || Number(flags) > 255) return undefined;
  return { flags: Number(flags), tag, value: text };
}

function isCaaTag(text: string | undefined): text is CaaData['tag'] {
  return text === 'issue' || text === 'issuewild' || text === 'iodef';
}

/** `mname rname serial refresh retry expire minimum`; undefined when it cannot be read. */
export function soaData(value: string): (SoaData & { readonly minimum: number }) | undefined {
  const found = /^(\S+) (\S+) (\d+) (\d+) (\d+) (\d+) (\d+)$/.exec(value);
  if (!found) return undefined;
  const [, mname = '', rname = '', ...numbers] = found;
  const [serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0] = numbers.map(Number);
  return { mname: plainName(mname), rname: plainName(rname), serial, refresh, retry, expire, minimum };
}
