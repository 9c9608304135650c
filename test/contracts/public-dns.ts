// What every adapter of PublicDns keeps; tests of the numbered rules of src/ports/public-dns.ts.

import { describe, expect, it } from 'vitest';
import type { CaaRecord } from '../../src/domain/caa.ts';
import type { PublicDns } from '../../src/ports/public-dns.ts';

export interface PublicDnsUnderTest {
  readonly dns: PublicDns;
  readonly putCaa: (name: string, records: readonly CaaRecord[]) => void;
  /** What every name server of the name has; `*.northwind.test` and `*.southwind.test` are hosted. */
  readonly putRecords: (name: string, type: 'A' | 'AAAA' | 'CNAME', values: readonly string[]) => void;
  /** What the validating resolvers make of the name and all below it; one that does not validate may be among them. */
  readonly turn: (name: string, dnssec: 'all fail' | 'one fails' | 'nobody answers') => void;
}

export function publicDnsContract(open: () => Promise<PublicDnsUnderTest>): void {
  describe('as PublicDns', () => {
    const name = 'pbx.northwind.test';
    const records: readonly CaaRecord[] = [
      { flags: 0, tag: 'issue', value: 'ca.test; accounturi=https://ca.test/acct/1' },
      { flags: 128, tag: 'tbs', value: 'Unknown' },
      { flags: 0, tag: 'issuewild', value: ';' },
    ];
    const sorted = (set: readonly CaaRecord[]) => [...set].sort((a, b) => a.tag.localeCompare(b.tag));

    it.each([
      { at: name, asked: name },
      { at: 'northwind.test', asked: name },
      { at: 'test', asked: name },
      { at: 'northwind.test', asked: '*.northwind.test' },
    ])('finds the CAA records at $at for $asked', async ({ at, asked }) => {
      const { dns, putCaa } = await open();
      putCaa(at, records);
      const found = await dns.findCaa(asked);
      expect(found).toMatchObject({ kind: 'found', at });
      expect(found.kind === 'found' && sorted(found.records)).toEqual(sorted(records));
    });

    it('takes the closest set and no other', async () => {
      const { dns, putCaa } = await open();
      putCaa('northwind.test', records);
      putCaa(name, records.slice(0, 1));
      expect(await dns.findCaa(name)).toEqual({ kind: 'found', at: name, records: records.slice(0, 1) });
    });

    it('finds no CAA where there is none up to the top', async () => {
      const { dns, putCaa } = await open();
      putCaa('other.northwind.test', records);
      expect(await dns.findCaa(name)).toEqual({ kind: 'none' });
    });

    it('does not know about CAA when nobody answers on the way up', async () => {
      const { dns, putCaa, turn } = await open();
      putCaa('test', records);
      turn('northwind.test', 'nobody answers');
      expect(await dns.findCaa(name)).toMatchObject({ kind: 'unknown', why: expect.stringContaining(`"${name}"`) });
    });

    it('finds a name sound that resolvers answer for, signed or not, there or not', async () => {
      const { dns } = await open();
      expect(await dns.judgeDnssec(name)).toEqual({ kind: 'sound' });
    });

    it.each([
      { dnssec: 'all fail', kind: 'bogus' },
      { dnssec: 'one fails', kind: 'unknown' },
      { dnssec: 'nobody answers', kind: 'unknown' },
    ] as const)('finds a name $kind when $dnssec', async ({ dnssec, kind }) => {
      const { dns, turn } = await open();
      turn('northwind.test', dnssec);
      expect(await dns.judgeDnssec(name)).toMatchObject({ kind, why: expect.stringContaining(`"${name}"`) });
      expect(await dns.judgeDnssec('pbx.southwind.test')).toEqual({ kind: 'sound' });
    });

    it.each([
      { type: 'A', values: ['203.0.113.10', '203.0.113.11'] },
      { type: 'AAAA', values: ['2001:db8::10'] },
      { type: 'CNAME', values: ['hub.southwind.test'] },
    ] as const)(
      'finds the $type records the name servers have, and none of a name without',
      async ({ type, values }) => {
        const { dns, putRecords } = await open();
        putRecords(name, type, values);
        expect(await dns.findRecords(name, type)).toEqual({ kind: 'found', values });
        expect(await dns.findRecords('other.northwind.test', type)).toEqual({ kind: 'found', values: [] });
      },
    );

    it('follows aliases to addresses, into other zones too, and finds of aliases only the first', async () => {
      const { dns, putRecords } = await open();
      putRecords(name, 'CNAME', ['hub.southwind.test']);
      putRecords('hub.southwind.test', 'CNAME', ['end.northwind.test']);
      putRecords('end.northwind.test', 'A', ['203.0.113.10']);
      expect(await dns.findRecords(name, 'A')).toEqual({ kind: 'found', values: ['203.0.113.10'] });
      expect(await dns.findRecords(name, 'AAAA')).toEqual({ kind: 'found', values: [] });
      expect(await dns.findRecords(name, 'CNAME')).toEqual({ kind: 'found', values: ['hub.southwind.test'] });
    });

    it('does not know the address of a name whose aliases go in circles, or of one nobody answers for', async () => {
      const { dns, putRecords, turn } = await open();
      putRecords(name, 'CNAME', ['hub.southwind.test']);
      putRecords('hub.southwind.test', 'CNAME', [name]);
      expect(await dns.findRecords(name, 'A')).toMatchObject({
        kind: 'unknown',
        why: expect.stringContaining('circles'),
      });
      turn('northwind.test', 'nobody answers');
      const why = expect.stringContaining(`"${name}"`);
      expect(await dns.findRecords(name, 'CNAME')).toMatchObject({ kind: 'unknown', why });
    });
  });
}
