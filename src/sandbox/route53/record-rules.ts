// Which names and values Route 53 takes in a record set, and what it says when it does not.

import { isIPv4, isIPv6 } from 'node:net';
import { caaData, characterStrings, soaData } from '../dns/record-data.ts';
import type { RecordSet, RecordType } from '../dns/record-set.ts';
import { shownName } from './hosted-zone.ts';

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat */
const TXT_VALUE_LIMIT = 4000;

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html: values in one set. */
const VALUES_LIMIT = 400;

const NAME_LIMIT = 253;
const LABEL_LIMIT = 63;

/** All objections to one record set in Route 53's words; empty when it may stand. */
export function objectionsTo(set: RecordSet): readonly string[] {
  const problems = [...nameProblems(set.name), ...set.values.flatMap((value) => valueProblem(set.type, value) ?? [])];
  const invalid = problems.map(
    ({ code, meaning, at }) =>
      `Invalid Resource Record: 'FATAL problem: ${code} (${meaning}) encountered with '${at}''`,
  );
  const twice = set.values.filter((value, index) => set.values.indexOf(value) !== index);
  const duplicates = twice.map((value) => `Duplicate Resource Record: '${value}'`);
  const many = set.values.length > VALUES_LIMIT ? [`Cannot have more than ${VALUES_LIMIT} records in a RRSet.`] : [];
  const single = set.type === 'CNAME' || set.type === 'SOA';
  const several =
    single && set.values.length > 1
      ? [`RRSet of type ${set.type} with DNS name ${shownName(set.name)} must have exactly one value.`]
      : [];
  return [...invalid, ...duplicates, ...many, ...several];
}

interface Objection {
  readonly code: string;
  readonly meaning: string;
  readonly at: string;
}

function nameProblems(name: string): readonly Objection[] {
  const labels = name.split('.');
  if (name.length > NAME_LIMIT) return [{ code: 'DomainNameTooLong', meaning: 'Domain name is too long', at: name }];
  if (labels.includes('')) return [{ code: 'DomainLabelEmpty', meaning: 'Domain label is empty', at: name }];
  const long = labels.find((label) => label.length > LABEL_LIMIT);
  if (long !== undefined) return [{ code: 'DomainLabelTooLong', meaning: 'Domain label is too long', at: name }];
  const wildcards = labels.slice(1).some((label) => label.includes('*'));
  if (wildcards || /[^\x21-\x7e]/.test(name)) {
    return [{ code: 'InvalidDomainName', meaning: 'Domain name contains unsupported characters', at: name }];
  }
  return [];
}

function valueProblem(type: RecordType, value: string): Objection | undefined {
  const at = value;
  if (type === 'TXT') return txtProblem(value);
  if (type === 'A' && !isIPv4(value)) {
    return { code: 'ARRDATAIllegalIPv4Address', meaning: 'Value is not a valid IPv4 address', at };
  }
  if (type === 'AAAA' && (!isIPv6(value) || value.includes('%'))) {
    return { code: 'AAAARRDATAIllegalIPv6Address', meaning: 'Value is not a valid IPv6 address', at };
  }
  if (type === 'CAA' && !caaData(value)) return { code: 'CAARRDATAInvalid', meaning: 'Value is not a valid CAA', at };
  if (type === 'SOA' && !soaData(value)) return { code: 'SOARRDATAInvalid', meaning: 'Value is not a valid SOA', at };
  const named = type === 'CNAME' || type === 'NS';
  if (named && nameProblems(value.replace(/\.$/, '')).length > 0) {
    return { code: `${type}RRDATAInvalid`, meaning: 'Value is not a valid domain name', at };
  }
  return undefined;
}

function txtProblem(value: string): Objection | undefined {
  const strings = characterStrings(value);
  if (strings === 'not quoted') {
    return { code: 'InvalidCharacterString', meaning: 'Value should be enclosed in quotation marks', at: value };
  }
  if (strings === 'too long' || value.length > TXT_VALUE_LIMIT) {
    return { code: 'CharacterStringTooLong', meaning: 'Value is too long', at: value };
  }
  return undefined;
}
