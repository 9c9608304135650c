// What CAA records at a name say about us (RFC 8659), and about the account and the method (RFC 8657).

/** What stands in a CAA record that lets us issue; the directory says so. */
export const CAA_IDENTITY = 'ca.sandbox.test';

export interface CaaRecord {
  /** Whether a CA that does not understand the tag must not issue (RFC 8659, 4.1: bit 0 of the flags). */
  readonly critical: boolean;
  /** Lower case: tags match without regard to case. */
  readonly tag: string;
  readonly value: string;
}

export interface CaaQuestion {
  readonly wildcard: boolean;
  readonly accountUrl: string;
  /** `dns-01` */
  readonly method: string;
}

/** Properties that we act on or need not act on; RFC 8659, 4.2 to 4.4, and CA/B Forum BR 3.2.2.8. */
const UNDERSTOOD = ['issue', 'issuewild', 'iodef', 'contactemail', 'contactphone'];

/**
 * Whether all the records at one name, which is the nearest one upwards that has any, let us issue. A wildcard is judged by
 * `issuewild` where there is one. Records that say nothing of issuing forbid nothing.
 */
export function caaPermits(records: readonly CaaRecord[], question: CaaQuestion): boolean {
  if (records.some(({ critical, tag }) => critical && !UNDERSTOOD.includes(tag))) return false;
  const tagged = (tag: string): readonly CaaRecord[] => records.filter((record) => record.tag === tag);
  const wild = tagged('issuewild');
  const relevant = question.wildcard && wild.length > 0 ? wild : tagged('issue');
  return relevant.length === 0 || relevant.some(({ value }) => isForUs(value, question));
}

/** `domain; tag=value; tag=value`. What is not of that form names nobody. */
function isForUs(value: string, { accountUrl, method }: CaaQuestion): boolean {
  const [domain = '', ...rest] = value.split(';').map((part) => part.trim());
  if (domain.toLowerCase() !== CAA_IDENTITY) return false;
  const parameters = rest.filter((part) => part !== '').map(readParameter);
  if (parameters.includes(undefined)) return false;
  const valuesOf = (tag: string): readonly string[] =>
    parameters.flatMap((parameter) => (parameter?.tag === tag ? [parameter.value] : []));
  // RFC 8657, 3 and 4: more than one of a kind can never be fulfilled.
  const accounts = valuesOf('accounturi');
  const methods = valuesOf('validationmethods');
  if (accounts.length > 1 || methods.length > 1) return false;
  const isOurAccount = accounts.every((uri) => uri === accountUrl);
  return isOurAccount && methods.every((list) => list.split(',').some((one) => one.trim() === method));
}

/** RFC 8659, 4.2: a tag of letters, digits and hyphens inside, a value of what can be seen but `;`. */
function readParameter(part: string): { readonly tag: string; readonly value: string } | undefined {
  const match = /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)[ \t]*=[ \t]*([!-:<-~]*)$/i.exec(part);
  return match === null ? undefined : { tag: (match[1] ?? '').toLowerCase(), value: match[2] ?? '' };
}
