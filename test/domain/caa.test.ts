// CAA decided as an authority decides it: RFC 8659 with its grammar, RFC 8657 with its parameters.

import { describe, expect, it } from 'vitest';
import { type CaaRecord, decideCaa } from '../../src/domain/caa.ts';
import { parseIssueValue } from '../../src/domain/caa-value.ts';

const ACCOUNT = 'https://ca.test/acct/7';
const issue = (value: string, flags = 0): CaaRecord => ({ flags, tag: 'issue', value });
const wild = (value: string): CaaRecord => ({ flags: 0, tag: 'issuewild', value });

function decide(records: readonly CaaRecord[], change: { readonly name?: string; readonly accountUrl?: string } = {}) {
  return decideCaa({
    name: 'pbx.northwind.test',
    records,
    foundAt: 'northwind.test',
    caaIdentities: ['ca.test', 'also.ca.test'],
    accountUrl: ACCOUNT,
    method: 'dns-01',
    ...change,
  });
}

describe('CAA lets the authority issue when', () => {
  it.each<{ when: string; records: readonly CaaRecord[]; name?: string }>([
    { when: 'there is no record', records: [] },
    { when: 'only notices are asked for', records: [{ flags: 0, tag: 'iodef', value: 'mailto:a@northwind.test' }] },
    { when: 'notices are critical', records: [{ flags: 128, tag: 'iodef', value: 'mailto:a@northwind.test' }] },
    { when: 'an unknown tag is not critical', records: [{ flags: 0, tag: 'issuemail', value: ';' }] },
    { when: 'it is named', records: [issue('ca.test')] },
    { when: 'its other name is named', records: [issue('also.ca.test')] },
    { when: 'it is named among others', records: [issue('other.test'), issue('ca.test')] },
    { when: 'another record names nobody', records: [issue(';'), issue('ca.test')] },
    { when: 'another record cannot be read', records: [issue('%%%'), issue('ca.test')] },
    { when: 'the record is critical', records: [issue('ca.test', 128)] },
    { when: 'the name is in capitals', records: [issue('CA.Test')] },
    { when: 'the tag is in capitals', records: [{ flags: 0, tag: 'ISSUE', value: 'ca.test' }] },
    { when: 'there are blanks all over', records: [issue('  ca.test \t ;  foo  =  bar ; ')] },
    { when: 'there is a final semicolon', records: [issue('ca.test;')] },
    { when: 'only wildcards are spoken of', records: [wild(';')] },
    { when: 'the account is ours', records: [issue(`ca.test; accounturi=${ACCOUNT}`)] },
    {
      when: 'one of two accounts is ours',
      records: [issue('ca.test; accounturi=https://x'), issue(`ca.test; accounturi=${ACCOUNT}`)],
    },
    { when: 'the method is ours', records: [issue('ca.test; validationmethods=dns-01')] },
    { when: 'the method is among others', records: [issue('ca.test; validationmethods=http-01,x-new,dns-01')] },
    {
      when: 'account and method are ours',
      records: [issue(`ca.test; validationmethods=dns-01; accounturi=${ACCOUNT}`)],
    },
    { when: 'a parameter nobody knows is there', records: [issue('ca.test; policy=ev')] },
    { when: 'a wildcard has a record of its own', records: [issue(';'), wild('ca.test')], name: '*.northwind.test' },
    { when: 'a wildcard has none of its own', records: [issue('ca.test')], name: '*.northwind.test' },
  ])('$when', ({ records, name }) => {
    expect(decide(records, name === undefined ? {} : { name })).toEqual({ verdict: 'allowed' });
  });
});

describe('CAA forbids when', () => {
  const add = 'add: northwind.test. CAA 0 issue "ca.test"';
  const addWild = 'add: northwind.test. CAA 0 issuewild "ca.test"';
  it.each<{ when: string; records: readonly CaaRecord[]; name?: string; remedy?: string }>([
    { when: 'another is named', records: [issue('other.test')] },
    { when: 'nobody is named', records: [issue(';')] },
    { when: 'the value is empty', records: [issue('')] },
    { when: 'a parent of its name is named', records: [issue('test')] },
    { when: 'a name below its name is named', records: [issue('x.ca.test')] },
    { when: 'the name has a final dot', records: [issue('ca.test.')] },
    { when: 'the name has an empty label', records: [issue('ca..test')] },
    { when: 'the name ends in a hyphen', records: [issue('ca.test-')] },
    { when: 'two names stand in one record', records: [issue('ca.test other.test')] },
    { when: 'a comma is taken for a semicolon', records: [issue(`ca.test, accounturi=${ACCOUNT}`)] },
    { when: 'a parameter has no value', records: [issue('ca.test; policy')] },
    { when: 'a parameter has no tag', records: [issue('ca.test; =x')] },
    { when: 'a tag has an underscore', records: [issue('ca.test; a_b=x')] },
    { when: 'a value has a blank', records: [issue('ca.test; a=b c')] },
    { when: 'a value is not ASCII', records: [issue('ca.test; a=é')] },
    { when: 'there is an empty parameter in the middle', records: [issue('ca.test; ; a=b')] },
    { when: 'the account is another', records: [issue('ca.test; accounturi=https://ca.test/acct/8')] },
    { when: 'the account differs in case', records: [issue(`ca.test; accounturi=${ACCOUNT.toUpperCase()}`)] },
    { when: 'the account is empty', records: [issue('ca.test; accounturi=')] },
    { when: 'the account is given twice', records: [issue(`ca.test; accounturi=${ACCOUNT}; accounturi=${ACCOUNT}`)] },
    { when: 'the account stands in capitals twice', records: [issue(`ca.test; accounturi=${ACCOUNT}; AccountURI=x`)] },
    { when: 'the method is another', records: [issue('ca.test; validationmethods=http-01')] },
    { when: 'the methods are none', records: [issue('ca.test; validationmethods=')] },
    { when: 'the methods have an empty label', records: [issue('ca.test; validationmethods=dns-01,')] },
    {
      when: 'the methods are given twice',
      records: [issue('ca.test; validationmethods=dns-01; validationmethods=dns-01')],
    },
    { when: 'the right account is at another authority', records: [issue(`other.test; accounturi=${ACCOUNT}`)] },
    {
      when: 'wildcards are for another',
      records: [issue('ca.test'), wild('other.test')],
      name: '*.northwind.test',
      remedy: addWild,
    },
    { when: 'only wildcards are for us', records: [issue(';'), wild('ca.test')] },
    { when: 'a wildcard follows the rule for all', records: [issue('other.test')], name: '*.northwind.test' },
    {
      when: 'a critical tag is unknown',
      records: [issue('ca.test'), { flags: 128, tag: 'tbs', value: 'x' }],
      remedy: 'take away: northwind.test. CAA 128 tbs "x"',
    },
    {
      when: 'the other end of the flags says critical',
      records: [issue('ca.test'), { flags: 1, tag: 'tbs', value: 'x' }],
      remedy: 'take away: northwind.test. CAA 1 tbs "x"',
    },
  ])('$when', ({ records, name, remedy = add }) => {
    expect(decide(records, name === undefined ? {} : { name })).toMatchObject({ verdict: 'forbidden', remedy });
  });

  it('it wants an account and we have none yet', () => {
    const { accountUrl: _, ...question } = {
      name: 'pbx.northwind.test',
      records: [issue(`ca.test; accounturi=${ACCOUNT}`)],
      foundAt: 'northwind.test',
      caaIdentities: ['ca.test'],
      accountUrl: ACCOUNT,
      method: 'dns-01' as const,
    };
    expect(decideCaa({ ...question, accountUrl: undefined })).toMatchObject({
      verdict: 'forbidden',
      why: expect.stringContaining('ours is "none yet"'),
    });
  });
});

describe('what CAA says', () => {
  it('names who may issue, and the account that is wanted', () => {
    expect(decide([issue('digicert.com'), issue('sectigo.com; a=b')])).toMatchObject({
      why: 'CAA issue at "northwind.test" lets only digicert.com, sectigo.com issue; "pbx.northwind.test" is refused',
    });
    expect(decide([issue('ca.test; accounturi=x')])).toMatchObject({
      why: `CAA at "northwind.test" is for the account "x", ours is "${ACCOUNT}"; "pbx.northwind.test" is refused`,
    });
  });

  it('is unknown when the authority does not say its own name', () => {
    const question = { name: 'a.test', foundAt: 'a.test', caaIdentities: [], accountUrl: undefined } as const;
    expect(decideCaa({ ...question, records: [issue('ca.test')], method: 'dns-01' }).verdict).toBe('unknown');
    expect(decideCaa({ ...question, records: [wild(';')], method: 'dns-01' }).verdict).toBe('allowed');
  });

  it('keeps whatever stands in a record to one line', () => {
    const decision = decide([{ flags: 128, tag: 'x\ny', value: 'a\u202e\nb' }]);
    expect(Object.values(decision).join('')).not.toMatch(/[\n\u202e]/);
  });

  it('reads a value into its name and parameters', () => {
    expect(parseIssueValue(' CA.test ; A = b ; c=d=e ')).toEqual({
      issuer: 'ca.test',
      parameters: [
        { tag: 'a', value: 'b' },
        { tag: 'c', value: 'd=e' },
      ],
    });
    expect(parseIssueValue(';')).toEqual({ issuer: '', parameters: [] });
  });
});
