// The XML documents with which Route 53 answers, and its errors.

import { plainName } from '../dns/record-set.ts';
import { type HostedRecordSet, type HostedZone, shownName } from './hosted-zone.ts';
import { xml, xmlDocument } from './xml-text.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ChangeStatus {
  readonly changeId: string;
  readonly status: 'PENDING' | 'INSYNC';
  readonly submittedAt: Date;
}

/** Error codes the sandbox gives out, with their HTTP status. Throttling is a 400, not a 429. */
const statuses = {
  InvalidInput: 400,
  InvalidChangeBatch: 400,
  PriorRequestNotComplete: 400,
  Throttling: 400,
  RequestEntityTooLarge: 413,
  MissingAuthenticationToken: 403,
  InvalidClientTokenId: 403,
  SignatureDoesNotMatch: 403,
  NoSuchHostedZone: 404,
  NoSuchChange: 404,
  UnknownOperationException: 404,
} as const;

export type Route53ErrorCode = keyof typeof statuses;

export function errorAnswer(code: Route53ErrorCode, message: string): HttpAnswer {
  const error = xml('Error', [xml('Type', 'Sender'), xml('Code', code), xml('Message', message)]);
  return { status: statuses[code], body: xmlDocument('ErrorResponse', [error, xml('RequestId', 'sandbox')]) };
}

export function zonesAnswer(zones: readonly HostedZone[], start: string | undefined, maxItems: number): HttpAnswer {
  const shown = zones.slice(0, maxItems);
  const next = zones[maxItems];
  return answer('ListHostedZonesByNameResponse', [
    xml('HostedZones', shown.map(zoneXml)),
    ...(start === undefined ? [] : [xml('DNSName', start)]),
    xml('IsTruncated', next !== undefined),
    ...(next ? [xml('NextDNSName', shownName(next.name)), xml('NextHostedZoneId', next.id)] : []),
    xml('MaxItems', maxItems),
  ]);
}

export function zoneAnswer(zone: HostedZone): HttpAnswer {
  const set = zone.records.find(({ name, type }) => name === zone.name && type === 'NS');
  const servers = (set?.values ?? []).map((value) => xml('NameServer', plainName(value)));
  const delegation = zone.privateZone ? [] : [xml('DelegationSet', [xml('NameServers', servers)])];
  return answer('GetHostedZoneResponse', [zoneXml(zone), ...delegation]);
}

export function recordsAnswer(records: readonly HostedRecordSet[], maxItems: number): HttpAnswer {
  const next = records[maxItems];
  return answer('ListResourceRecordSetsResponse', [
    xml('ResourceRecordSets', records.slice(0, maxItems).map(recordXml)),
    xml('IsTruncated', next !== undefined),
    ...(next ? [xml('NextRecordName', shownName(next.name)), xml('NextRecordType', next.type)] : []),
    xml('MaxItems', maxItems),
  ]);
}

export function changeAnswer(operation: 'ChangeResourceRecordSets' | 'GetChange', change: ChangeStatus): HttpAnswer {
  const info = xml('ChangeInfo', [
    xml('Id', `/change/${change.changeId}`),
    xml('Status', change.status),
    xml('SubmittedAt', change.submittedAt.toISOString()),
  ]);
  return answer(`${operation}Response`, [info]);
}

function answer(name: string, content: readonly string[]): HttpAnswer {
  return { status: 200, body: xmlDocument(name, content) };
}

function zoneXml(zone: HostedZone): string {
  return xml('HostedZone', [
    xml('Id', `/hostedzone/${zone.id}`),
    xml('Name', shownName(zone.name)),
    xml('CallerReference', `sandbox-${zone.id}`),
    xml('Config', [xml('PrivateZone', zone.privateZone)]),
    xml('ResourceRecordSetCount', zone.records.length),
  ]);
}

function recordXml(set: HostedRecordSet): string {
  const values = set.values.map((value) => xml('ResourceRecord', [xml('Value', value)]));
  const alias = set.aliasTarget ?? '';
  const target = [xml('HostedZoneId', 'Z0'), xml('DNSName', alias), xml('EvaluateTargetHealth', false)];
  const data = alias === '' ? [xml('TTL', set.ttl), xml('ResourceRecords', values)] : [xml('AliasTarget', target)];
  const routed = set.setIdentifier === undefined ? [] : [xml('SetIdentifier', set.setIdentifier), xml('Weight', 1)];
  return xml('ResourceRecordSet', [xml('Name', shownName(set.name)), xml('Type', set.type), ...routed, ...data]);
}
