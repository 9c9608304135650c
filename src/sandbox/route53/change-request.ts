// Reads the body of ChangeResourceRecordSets, taking only what the sandbox can keep.

import { isRecordType } from '../dns/record-set.ts';
import type { Change } from './change-batch.ts';
import { givenName } from './hosted-zone.ts';
import { childOf, childrenOf, readXml, textOf, type XmlElement } from './xml-text.ts';

/** A 32-bit signed number of seconds (RFC 2181, 8). */
const TTL_LIMIT = 2_147_483_647;

/** The changes, or the sentence an `InvalidInput` answer carries. */
export function readChangeRequest(body: string): readonly Change[] | string {
  const root = readXml(body);
  if (root?.name !== 'ChangeResourceRecordSetsRequest') return 'Invalid XML ; the request is not well-formed';
  const changes = childrenOf(childOf(childOf(root, 'ChangeBatch'), 'Changes'), 'Change');
  if (changes.length === 0)
    return '1 validation error detected: member changes must have length greater than or equal to 1';
  const read: Change[] = [];
  for (const element of changes) {
    const change = readChange(element);
    if (typeof change === 'string') return change;
    read.push(change);
  }
  return read;
}

function readChange(element: XmlElement): Change | string {
  const action = textOf(element, 'Action');
  const set = childOf(element, 'ResourceRecordSet');
  const name = textOf(set, 'Name');
  const type = textOf(set, 'Type');
  if (action !== 'CREATE' && action !== 'DELETE' && action !== 'UPSERT') return `Invalid value for Action: ${action}`;
  if (!set || !name) return 'Invalid request: Name is missing';
  if (type === undefined || !isRecordType(type)) return `Invalid request: the sandbox keeps no records of type ${type}`;

  const known = new Set(['Name', 'Type', 'TTL', 'ResourceRecords']);
  const unknown = set.children.find((child) => !known.has(child.name));
  if (unknown) return `Invalid request: the sandbox keeps no ${unknown.name}`;

  const values = childrenOf(childOf(set, 'ResourceRecords'), 'ResourceRecord').map((record) => textOf(record, 'Value'));
  const ttl = textOf(set, 'TTL');
  if (ttl === undefined || values.length === 0) {
    return `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=${action}, Name=${name}, Type=${type}, SetIdentifier=null]`;
  }
  const seconds = /^\d{1,10}$/.test(ttl) ? Number(ttl) : Number.NaN;
  if (!(seconds <= TTL_LIMIT)) return `Invalid value for TTL: ${ttl}`;
  if (!values.every((value) => value !== undefined)) return 'Invalid request: a ResourceRecord has no Value';
  return { action, set: { name: givenName(name), type, ttl: seconds, values } };
}
