// A change batch is judged as Route 53 judges it: all or nothing, with Route 53's words.

import { describe, expect, it } from 'vitest';
import type { RecordType } from '../../../src/sandbox/dns/record-set.ts';
import { applyBatch, type Change, type ChangeAction, costOf } from '../../../src/sandbox/route53/change-batch.ts';
import { type HostedZone, newHostedZone } from '../../../src/sandbox/route53/hosted-zone.ts';

const fresh = newHostedZone('northwind.test', ['ns1.sandbox.test']);
const zone: HostedZone = {
  ...fresh,
  records: [
    ...fresh.records,
    { name: 'two.northwind.test', type: 'TXT', ttl: 60, values: ['"a"', '"b"'] },
    { name: 'pbx.northwind.test', type: 'A', ttl: 60, values: ['203.0.113.7'] },
    { name: 'alias.northwind.test', type: 'CNAME', ttl: 60, values: ['pbx.northwind.test.'] },
  ],
};

const change = (action: ChangeAction, name: string, type: RecordType, ...values: string[]): Change => ({
  action,
  set: { name, type, ttl: 60, values },
});
const soa = fresh.records.find(({ type }) => type === 'SOA')?.values[0] ?? '';

describe('a change batch', () => {
  it.each([
    { what: 'a new set', changes: [change('CREATE', 'new.northwind.test', 'A', '203.0.113.8')] },
    { what: 'an exact old set', changes: [change('DELETE', 'two.northwind.test', 'TXT', '"b"', '"a"')] },
    {
      what: 'an exact old set and its successor',
      changes: [
        change('DELETE', 'two.northwind.test', 'TXT', '"a"', '"b"'),
        change('CREATE', 'two.northwind.test', 'TXT', '"b"'),
      ],
    },
    { what: 'an UPSERT of a set that stands', changes: [change('UPSERT', 'pbx.northwind.test', 'A', '203.0.113.9')] },
    {
      what: 'an alias in the place of an address',
      changes: [
        change('DELETE', 'pbx.northwind.test', 'A', '203.0.113.7'),
        change('CREATE', 'pbx.northwind.test', 'CNAME', 'x.test'),
      ],
    },
    { what: 'a wildcard', changes: [change('CREATE', '*.northwind.test', 'AAAA', '2001:db8::1')] },
    {
      what: 'a CAA set',
      changes: [change('CREATE', 'northwind.test', 'CAA', '0 issue "ca.test"', '0 iodef "mailto:x@y.test"')],
    },
  ])('with $what is taken', ({ changes }) => {
    expect(applyBatch(zone, changes)).toMatchObject({ accepted: true });
  });

  it.each([
    {
      what: 'a set that exists',
      changes: [change('CREATE', 'pbx.northwind.test', 'A', '203.0.113.7')],
      message: "Tried to create resource record set [name='pbx.northwind.test.', type='A'] but it already exists",
    },
    {
      what: 'a set that is not there',
      changes: [change('DELETE', 'none.northwind.test', 'A', '203.0.113.7')],
      message: "Tried to delete resource record set [name='none.northwind.test.', type='A'] but it was not found",
    },
    {
      what: 'some of the values',
      changes: [change('DELETE', 'two.northwind.test', 'TXT', '"a"')],
      message:
        "Tried to delete resource record set [name='two.northwind.test.', type='TXT'] but the values provided do not match the current values",
    },
    {
      what: 'another TTL',
      changes: [{ action: 'DELETE', set: { name: 'pbx.northwind.test', type: 'A', ttl: 61, values: ['203.0.113.7'] } }],
      message: 'but the values provided do not match the current values',
    },
    {
      what: 'a name outside',
      changes: [change('CREATE', 'xnorthwind.test', 'A', '203.0.113.7')],
      message: 'RRSet with DNS name xnorthwind.test. is not permitted in zone northwind.test.',
    },
    {
      what: 'text without quotes',
      changes: [change('CREATE', 'x.northwind.test', 'TXT', 'bare')],
      message: 'InvalidCharacterString (Value should be enclosed in quotation marks) encountered with',
    },
    {
      what: 'a string over 255',
      changes: [change('CREATE', 'x.northwind.test', 'TXT', `"${'a'.repeat(256)}"`)],
      message: 'CharacterStringTooLong (Value is too long) encountered with',
    },
    {
      what: 'a bad IPv4 address',
      changes: [change('CREATE', 'x.northwind.test', 'A', '203.0.113.256')],
      message: 'ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)',
    },
    {
      what: 'a bad IPv6 address',
      changes: [change('CREATE', 'x.northwind.test', 'AAAA', '203.0.113.7')],
      message: 'AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)',
    },
    {
      what: 'a bad CAA value',
      changes: [change('CREATE', 'x.northwind.test', 'CAA', 'issue ca.test')],
      message: 'CAARRDATAInvalid',
    },
    {
      what: 'a value twice',
      changes: [change('CREATE', 'x.northwind.test', 'TXT', '"a"', '"a"')],
      message: `Duplicate Resource Record: '"a"'`,
    },
    {
      what: 'a label over 63',
      changes: [change('CREATE', `${'a'.repeat(64)}.northwind.test`, 'A', '203.0.113.7')],
      message: 'DomainLabelTooLong',
    },
    {
      what: 'an empty label',
      changes: [change('CREATE', 'a..northwind.test', 'A', '203.0.113.7')],
      message: 'DomainLabelEmpty',
    },
    {
      what: 'text beside an alias',
      changes: [change('CREATE', 'alias.northwind.test', 'TXT', '"a"')],
      message:
        'RRSet of type TXT with DNS name alias.northwind.test. is not permitted as it conflicts with other records with the same DNS name in zone northwind.test.',
    },
    {
      what: 'an alias beside an address',
      changes: [change('CREATE', 'pbx.northwind.test', 'CNAME', 'x.test')],
      message: 'RRSet of type CNAME with DNS name pbx.northwind.test. is not permitted as it conflicts',
    },
    {
      what: 'an alias at the apex',
      changes: [change('CREATE', 'northwind.test', 'CNAME', 'x.test')],
      message: 'RRSet of type CNAME with DNS name northwind.test. is not permitted at apex in zone northwind.test.',
    },
    {
      what: 'the SOA taken away',
      changes: [{ action: 'DELETE', set: { name: 'northwind.test', type: 'SOA', ttl: 900, values: [soa] } }],
      message: 'A HostedZone must contain exactly one SOA record.',
    },
    {
      what: 'the NS taken away',
      changes: [
        { action: 'DELETE', set: { name: 'northwind.test', type: 'NS', ttl: 172_800, values: ['ns1.sandbox.test.'] } },
      ],
      message: 'A HostedZone must contain at least one NS record for the zone itself.',
    },
    {
      what: 'the same set made twice',
      changes: [
        change('CREATE', 'x.northwind.test', 'A', '203.0.113.7'),
        change('UPSERT', 'x.northwind.test', 'A', '203.0.113.8'),
      ],
      message: "The request contains an invalid set of changes for a resource record set 'A x.northwind.test.'",
    },
    {
      what: '1,001 values',
      changes: Array.from({ length: 1001 }, (_, index) =>
        change('CREATE', `a${index}.northwind.test`, 'A', '203.0.113.7'),
      ),
      message: 'Number of records limit of 1000 exceeded.',
    },
    {
      what: '501 values by UPSERT',
      changes: Array.from({ length: 501 }, (_, index) =>
        change('UPSERT', `a${index}.northwind.test`, 'A', '203.0.113.7'),
      ),
      message: 'Number of records limit of 1000 exceeded.',
    },
    {
      what: 'over 32,000 characters',
      changes: Array.from({ length: 130 }, (_, index) =>
        change('CREATE', `a${index}.northwind.test`, 'TXT', `"${'a'.repeat(255)}"`),
      ),
      message: 'RDATA character limit of 32000 exceeded.',
    },
  ] satisfies { what: string; changes: Change[]; message: string }[])(
    'with $what is refused',
    ({ changes, message }) => {
      const outcome = applyBatch(zone, changes);
      expect('messages' in outcome && outcome.messages.join(' ')).toContain(message);
    },
  );

  it('names everything that is wrong with it', () => {
    const outcome = applyBatch(zone, [
      change('CREATE', 'pbx.northwind.test', 'A', '203.0.113.7'),
      change('DELETE', 'none.northwind.test', 'A', '203.0.113.7'),
    ]);
    expect('messages' in outcome && outcome.messages).toHaveLength(2);
  });

  it('costs one for each change and two for an UPSERT', () => {
    const one = change('CREATE', 'x.northwind.test', 'A', '203.0.113.7');
    expect(costOf([one, { ...one, action: 'DELETE' }, { ...one, action: 'UPSERT' }])).toBe(4);
  });
});
