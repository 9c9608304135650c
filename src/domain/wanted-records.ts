// Which records a customer still has to set where the names are not in our zones: each as a person types it, and what is seen instead.

import { isIPv6 } from 'node:net';
import { sameAddresses } from './address-values.ts';
import type { MissingCaa } from './caa.ts';
import { delegationTarget } from './delegation.ts';
import { onOneLine } from './quoted-text.ts';

/** `unknown`: nobody gave a usable answer; `why` says who did not. */
export type RecordsSeen =
  | { readonly kind: 'found'; readonly values: readonly string[] }
  | { readonly kind: 'unknown'; readonly why: string };

export interface WantedRecord {
  /** Lower case, no final dot. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'CAA';
  readonly value: string;
  /** `lan`: in the name server inside the customer's network (split horizon), not in public DNS. */
  readonly where: 'public' | 'lan';
  /** The order waits for it; else it is advice. */
  readonly required: boolean;
  readonly why: string;
  /** What stands there now; empty = nothing, or nothing could be seen. */
  readonly seen: readonly string[];
  /** Why nothing could be seen. */
  readonly unseen?: string | undefined;
}

/** One name outside our zones. */
export interface NameOutside {
  readonly name: string;
  /** `ours`: a look-up of its `_acme-challenge` ends in a zone of ours. Else what stands there. */
  readonly proof: 'ours' | RecordsSeen;
  /** The record without which the authority may not issue; undefined when CAA does not forbid it, or is not known. */
  readonly missingCaa: MissingCaa | undefined;
}

export interface OutsideView {
  readonly hostname: string;
  readonly publicIp: string;
  /** What phones find at the hostname; undefined when it lies in a zone of ours, where we set it ourselves. */
  readonly address: RecordsSeen | undefined;
  readonly names: readonly NameOutside[];
  /** Undefined when there is none; then no `proof` may be missing. */
  readonly delegationZone: string | undefined;
  readonly reason: 'provision' | 'renew';
}

/** Of values from outside: a few are enough to see what is wrong, and no name or address is longer (RFC 1035, 2.3.4). */
const MOST_SEEN = 5;
const LONGEST_SEEN = 255;

/**
 * Empty when everything is right. The address is required too: `done` means that phones reach the server by its name. A renewal only advises it: what
 * phones use today may be something the order does not know of, and a certificate must not end for that. Other addresses beside ours are the
 * customer's business. Every record is named once, however many names need it.
 */
export function planWantedRecords(view: OutsideView): readonly WantedRecord[] {
  const proofs = view.names.flatMap((name) => [...wantedProof(name, view), ...wantedCaa(name)]);
  const missing = once([...wantedAddress(view), ...proofs]);
  return missing.length > 0 && view.address !== undefined ? [...missing, lanAdvice(view.hostname)] : missing;
}

export function isAwaited(records: readonly WantedRecord[]): boolean {
  return records.some(({ required }) => required);
}

/** The record in one line, as in a zone file (RFC 1035, 5.1): final dots, so that it means the same wherever it is typed. */
export function zoneLine({ name, type, value }: Pick<WantedRecord, 'name' | 'type' | 'value'>): string {
  return `${name}. ${type} ${type === 'CNAME' ? `${value}.` : value}`;
}

export function shownSeen({ seen, unseen }: Pick<WantedRecord, 'seen' | 'unseen'>): string {
  if (unseen !== undefined) return `not to be seen: ${unseen}`;
  return seen.length === 0 ? 'nothing' : seen.join(', ');
}

/** For a mail: three lines each, what is required first. */
export function describeWantedRecords(records: readonly WantedRecord[]): readonly string[] {
  const ordered = [...records.filter(({ required }) => required), ...records.filter(({ required }) => !required)];
  return ordered.flatMap((record) => [
    '',
    record.where === 'lan'
      ? `  inside the LAN: ${record.name} should answer with ${record.value}`
      : `  ${zoneLine(record)}`,
    `    ${record.required ? 'needed' : 'advice'}: ${onOneLine(record.why)}`,
    ...(record.where === 'lan' ? [] : [`    now there: ${onOneLine(shownSeen(record))}`]),
  ]);
}

/** Of the record a server's public address stands in. */
export function addressTypeOf(publicIp: string): 'A' | 'AAAA' {
  return isIPv6(publicIp) ? 'AAAA' : 'A';
}

function wantedAddress({ hostname, publicIp, address, reason }: OutsideView): readonly WantedRecord[] {
  if (address === undefined) return [];
  const isThere = address.kind === 'found' && address.values.some((value) => sameAddresses([value], [publicIp]));
  if (isThere) return [];
  return [
    {
      name: hostname,
      type: addressTypeOf(publicIp),
      value: publicIp,
      where: 'public',
      required: reason === 'provision',
      why: 'phones look the server up by this name',
      ...shown(address),
    },
  ];
}

function wantedProof({ name, proof }: NameOutside, { delegationZone }: OutsideView): readonly WantedRecord[] {
  if (proof === 'ours' || delegationZone === undefined) return [];
  const challenge = `_acme-challenge.${name}`;
  return [
    {
      name: challenge,
      type: 'CNAME',
      value: delegationTarget(challenge, delegationZone),
      where: 'public',
      required: true,
      why: 'it lets us prove this one name to the authority, now and at every renewal, and gives us nothing else',
      ...shown(proof),
    },
  ];
}

function wantedCaa({ missingCaa }: NameOutside): readonly WantedRecord[] {
  if (missingCaa === undefined) return [];
  const { at, flags, tag, value, beside } = missingCaa;
  return [
    {
      name: at,
      type: 'CAA',
      value: `${flags} ${tag} "${value}"`,
      where: 'public',
      required: true,
      why: 'CAA there lets only others issue, or not to us; what stands there may stay beside it',
      ...shown({ kind: 'found', values: beside.map((other) => `${tag} ${other}`) }),
    },
  ];
}

/** We do not know the server's inner address, nor whether there is a name server inside. */
function lanAdvice(hostname: string): WantedRecord {
  return {
    name: hostname,
    type: 'A',
    value: 'the inner address of the server',
    where: 'lan',
    required: false,
    why: 'where the LAN has its own name server: phones inside then reach the server without a detour over the router',
    seen: [],
  };
}

function shown(seen: RecordsSeen): Pick<WantedRecord, 'seen' | 'unseen'> {
  if (seen.kind === 'unknown') return { seen: [], unseen: seen.why };
  return { seen: seen.values.slice(0, MOST_SEEN).map((value) => onOneLine(value).slice(0, LONGEST_SEEN)) };
}

function once(records: readonly WantedRecord[]): readonly WantedRecord[] {
  return [...new Map(records.map((record) => [zoneLine(record), record])).values()];
}
