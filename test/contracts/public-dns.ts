// What every adapter of PublicDns keeps; tests of the numbered rules of src/ports/public-dns.ts.

import { describe, expect, it } from 'vitest';
import type { CaaRecord } from '../../src/domain/caa.ts';
import type { PublicDns } from '../../src/ports/public-dns.ts';

export interface PublicDnsUnderTest {
  readonly dns: PublicDns;
  readonly putCaa: (name: string, records: readonly CaaRecord[]) => void;
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
  });
}
