// Whether the CAA records of a domain let an authority issue to us, decided as the authority will (RFC 8659, RFC 8657).

import { type IssueValue, parseIssueValue } from './caa-value.ts';
import { onOneLine, quoted } from './quoted-text.ts';

/** One record as DNS has it; `flags` is the octet of RFC 8659, 4.1. */
export interface CaaRecord {
  readonly flags: number;
  readonly tag: string;
  readonly value: string;
}

export interface CaaQuestion {
  /** Of the certificate, `*.` in front for a wildcard. */
  readonly name: string;
  /** The relevant set (RFC 8659, 3); empty when there is none anywhere up the tree. */
  readonly records: readonly CaaRecord[];
  /** Where the set stands; the remedy names it. */
  readonly foundAt: string;
  /** Issuer domain names the authority takes for its own; lower case. Empty: it does not say. */
  readonly caaIdentities: readonly string[];
  /** Undefined while we have no account there. */
  readonly accountUrl: string | undefined;
  /** How control is proven (RFC 8657, 4). */
  readonly method: 'dns-01';
}

export interface MissingCaa extends CaaRecord {
  readonly at: string;
  /** Values of the same tag that stand there; they may stay. */
  readonly beside: readonly string[];
}

/** `unknown`: there are records, and nobody told us which of them would mean this authority. */
export type CaaDecision =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'unknown'; readonly why: string }
  | {
      readonly verdict: 'forbidden';
      readonly why: string;
      readonly remedy: string;
      /** The record that would let the authority issue; absent where one must go instead. */
      readonly missing?: MissingCaa;
    };

/** RFC 8659, 4.1: bit 0. Let's Encrypt takes bit 7 for the same, since many records have it there (boulder, va/caa.go). */
const CRITICAL_FLAGS = 128 | 1;

/** What authorities for TLS understand; a critical record with any other tag forbids everything (RFC 8659, 4.1). */
const KNOWN_TAGS = ['issue', 'issuewild', 'iodef'];

/** A message is read by people. */
const MOST_SHOWN = 5;

export function decideCaa(question: CaaQuestion): CaaDecision {
  const { name, records, foundAt, caaIdentities } = question;
  const strange = records.find((record) => isCritical(record) && !KNOWN_TAGS.includes(tagOf(record)));
  if (strange !== undefined) {
    const why = `a critical CAA record at ${quoted(foundAt)} has the tag ${quoted(strange.tag)}, which authorities do not know`;
    return { verdict: 'forbidden', why, remedy: `take away: ${shown(foundAt, strange)}` };
  }

  const { tag, values } = relevant(name, records);
  if (values.length === 0) return { verdict: 'allowed' };
  const [identity] = caaIdentities;
  if (identity === undefined) {
    return {
      verdict: 'unknown',
      why: `${namedBy(tag, foundAt, values)}; the authority does not say its own name in CAA`,
    };
  }
  const parsed = values.map(parseIssueValue);
  const naming = parsed.filter((value) => caaIdentities.includes(value?.issuer ?? ''));
  const objections = naming.map((value) => objectionTo(value, question));
  if (objections.includes(undefined)) return { verdict: 'allowed' };

  const why = objections[0] ?? namedBy(tag, foundAt, values);
  const wanted = { flags: 0, tag, value: identity };
  return {
    verdict: 'forbidden',
    why: `${why}; ${quoted(name)} is refused`,
    remedy: `add: ${shown(foundAt, wanted)}`,
    missing: { ...wanted, at: foundAt, beside: values },
  };
}

/** For a wildcard `issuewild` where there is any, else `issue`; for other names `issue` alone (RFC 8659, 4.3). */
function relevant(name: string, records: readonly CaaRecord[]) {
  const valuesOf = (tag: string) => records.filter((record) => tagOf(record) === tag).map(({ value }) => value);
  const wild = name.startsWith('*.') ? valuesOf('issuewild') : [];
  return wild.length > 0
    ? ({ tag: 'issuewild', values: wild } as const)
    : ({ tag: 'issue', values: valuesOf('issue') } as const);
}

/** Why a record that names the authority does not mean us; a parameter given twice is never satisfied (RFC 8657, 3 and 4). */
function objectionTo(value: IssueValue | undefined, { foundAt, accountUrl, method }: CaaQuestion): string | undefined {
  const given = (tag: string) => value?.parameters.filter((parameter) => parameter.tag === tag) ?? [];
  const [account, ...accounts] = given('accounturi');
  if (account !== undefined && (accounts.length > 0 || account.value !== accountUrl)) {
    return `CAA at ${quoted(foundAt)} is for the account ${quoted(account.value)}, ours is ${quoted(accountUrl ?? 'none yet')}`;
  }
  const [methods, ...more] = given('validationmethods');
  if (methods !== undefined && (more.length > 0 || !listsMethod(methods.value, method))) {
    return `CAA at ${quoted(foundAt)} is for the methods ${quoted(methods.value)}, ours is ${quoted(method)}`;
  }
  return undefined;
}

/** A list with anything that is no label is refused whole (RFC 8657, 4). */
function listsMethod(list: string, method: string): boolean {
  const labels = list.split(',');
  return labels.every((label) => /^[A-Za-z0-9-]+$/.test(label)) && labels.includes(method);
}

function namedBy(tag: string, foundAt: string, values: readonly string[]): string {
  const names = values.map((value) => parseIssueValue(value)?.issuer ?? `${quoted(value)} (unreadable)`);
  const named = names.filter((name) => name !== '').slice(0, MOST_SHOWN);
  return `CAA ${tag} at ${quoted(foundAt)} lets ${named.length > 0 ? `only ${named.join(', ')}` : 'nobody'} issue`;
}

function isCritical({ flags }: CaaRecord): boolean {
  return (flags & CRITICAL_FLAGS) !== 0;
}

/** RFC 8659, 4.1: matching of tags is case insensitive. */
function tagOf({ tag }: CaaRecord): string {
  return tag.toLowerCase();
}

function shown(at: string, { flags, tag, value }: CaaRecord): string {
  return `${at}. CAA ${flags} ${onOneLine(tag)} ${quoted(value, 300)}`;
}
