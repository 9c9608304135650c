// What every adapter of Zones and Addresses keeps; one test per numbered rule of src/ports/zones.ts, and more.

import { describe, expect, it } from 'vitest';
import type { Addresses, AddressRecord, Zones } from '../../src/ports/zones.ts';

export interface ZonesUnderTest {
  /** Serves the zones northwind.test and lab.northwind.test and no other. */
  readonly zones: Zones & Addresses;
  /** A second writer to the same zones, with a memory of its own where the adapter has one. */
  readonly another: Zones & Addresses;
  /** What the authoritative servers answer, sorted, asked behind the adapter's back, once all that was accepted is published. */
  readonly valuesAt: (name: string, type: 'TXT' | 'A' | 'AAAA' | 'CNAME') => Promise<readonly string[]>;
  /** Puts a record set there as somebody else would, seen by all servers at once. TXT values are plain text. */
  readonly put: (name: string, type: 'TXT' | 'A' | 'CNAME', values: readonly string[]) => void;
  /** From now on what is accepted does not reach the authoritative servers. */
  readonly holdBack: () => void;
}

export function zonesContract(open: () => Promise<ZonesUnderTest>): void {
  describe('as Zones', () => {
    const name = '_acme-challenge.pbx.northwind.test';
    const visible = async ({ zones }: ZonesUnderTest, value: string) =>
      expect.poll(() => zones.isVisible({ name, value }), { interval: 5, timeout: 5000 }).toBe(true);

    it.each([
      { of: 'northwind.test', is: 'northwind.test' },
      { of: '_acme-challenge.pbx.northwind.test', is: 'northwind.test' },
      { of: 'lab.northwind.test', is: 'lab.northwind.test' },
      { of: 'a.b.lab.northwind.test', is: 'lab.northwind.test' },
      { of: 'xlab.northwind.test', is: 'northwind.test' },
      { of: 'southwind.test', is: undefined },
      { of: 'xnorthwind.test', is: undefined },
      { of: 'test', is: undefined },
    ])('finds that the zone of $of is $is', async ({ of, is }) => {
      const { zones } = await open();
      expect(await zones.findZone(of)).toBe(is);
    });

    it('leaves one value when the same is added twice', async () => {
      const { zones, valuesAt } = await open();
      await zones.add({ name, value: 'once' });
      await zones.add({ name, value: 'once' });
      expect(await valuesAt(name, 'TXT')).toEqual(['once']);
    });

    it('keeps the other values at the name', async () => {
      const { zones, valuesAt } = await open();
      await zones.add({ name, value: 'apex' });
      await zones.add({ name, value: 'wildcard' });
      await zones.remove({ name, value: 'apex' });
      expect(await valuesAt(name, 'TXT')).toEqual(['wildcard']);
    });

    it('keeps values somebody else put there, whatever they hold', async () => {
      const { zones, valuesAt, put } = await open();
      const odd = ['two words', 'quote " and \\ backslash', 'x'.repeat(600)];
      put(name, 'TXT', odd);
      await zones.add({ name, value: 'mine' });
      expect(await valuesAt(name, 'TXT')).toEqual([...odd, 'mine'].sort());
      await zones.remove({ name, value: 'mine' });
      expect(await valuesAt(name, 'TXT')).toEqual([...odd].sort());
    });

    it('loses nothing when two writers add and remove at the same moment', async () => {
      const { zones, another, valuesAt } = await open();
      await zones.add({ name, value: 'old' });
      await Promise.all([
        zones.add({ name, value: 'a' }),
        another.add({ name, value: 'b' }),
        zones.add({ name, value: 'c' }),
        another.remove({ name, value: 'old' }),
        another.add({ name, value: 'd' }),
      ]);
      expect(await valuesAt(name, 'TXT')).toEqual(['a', 'b', 'c', 'd']);
    });

    it('adds and removes for many names at the same moment, each as if it were alone', async () => {
      const { zones, another, put, valuesAt } = await open();
      const names = Array.from({ length: 12 }, (_, index) => `_acme-challenge.pbx${index}.northwind.test`);
      put('_acme-challenge.pbx3.northwind.test', 'TXT', ['theirs']);
      put('_acme-challenge.pbx5.northwind.test', 'CNAME', ['elsewhere.northwind.test']);
      const ends = await Promise.allSettled([
        ...names.map((at) => zones.add({ name: at, value: 'a' })),
        ...names.map((at) => another.add({ name: at, value: 'b' })),
        ...names.map((at) => zones.add({ name: at, value: 'c' })),
        ...names.map((at) => zones.remove({ name: at, value: 'c' })),
        zones.add({ name: '_acme-challenge.southwind.test', value: 'x' }),
      ]);
      expect(ends.map(({ status }, index) => (status === 'rejected' ? index : -1)).filter((at) => at >= 0)).toEqual([
        5, 17, 29, 48,
      ]);
      for (const at of names) {
        const others = at.includes('pbx3') ? ['theirs'] : [];
        expect(await valuesAt(at, 'TXT')).toEqual(at.includes('pbx5') ? [] : ['a', 'b', ...others]);
      }
    });

    it('answers that a value is visible once the authoritative servers have it', async () => {
      const world = await open();
      expect(await world.zones.isVisible({ name, value: 'seen' })).toBe(false);
      await world.zones.add({ name, value: 'seen' });
      await visible(world, 'seen');
      expect(await world.zones.isVisible({ name, value: 'other' })).toBe(false);
    });

    it('accepts a value that is not visible yet', async () => {
      const { zones, holdBack } = await open();
      holdBack();
      await zones.add({ name, value: 'late' });
      expect(await zones.isVisible({ name, value: 'late' })).toBe(false);
    });

    it('sees that a value it once saw is gone', async () => {
      const world = await open();
      await world.zones.add({ name, value: 'seen' });
      await visible(world, 'seen');
      world.put(name, 'TXT', []);
      expect(await world.zones.isVisible({ name, value: 'seen' })).toBe(false);
    });

    it('removes what is not there without a word', async () => {
      const { zones, valuesAt } = await open();
      await zones.remove({ name, value: 'never' });
      await zones.add({ name, value: 'kept' });
      await zones.remove({ name, value: 'never' });
      expect(await valuesAt(name, 'TXT')).toEqual(['kept']);
    });

    it('leaves nothing at the name when the last value is removed', async () => {
      const { zones, valuesAt } = await open();
      await zones.add({ name, value: 'last' });
      await zones.remove({ name, value: 'last' });
      expect(await valuesAt(name, 'TXT')).toEqual([]);
    });

    it.each(['add', 'remove', 'isVisible'] as const)('refuses a name outside every zone in %s', async (act) => {
      const { zones } = await open();
      const refused = zones[act]({ name: '_acme-challenge.southwind.test', value: 'x' });
      await expect(refused).rejects.toMatchObject({
        name: 'no-zone-for-name',
        message: expect.stringContaining('"_acme-challenge.southwind.test"'),
      });
    });

    it('does not write beside an alias', async () => {
      const { zones, valuesAt, put } = await open();
      put(name, 'CNAME', ['elsewhere.northwind.test']);
      await expect(zones.add({ name, value: 'x' })).rejects.toMatchObject({ name: 'record-conflict' });
      await zones.remove({ name, value: 'x' });
      expect(await zones.isVisible({ name, value: 'x' })).toBe(false);
      expect(await valuesAt(name, 'CNAME')).toEqual(['elsewhere.northwind.test']);
    });
  });

  describe('as Addresses', () => {
    const name = 'pbx.northwind.test';
    const a = (...values: string[]): AddressRecord => ({ name, type: 'A', values });

    it('finds nothing where nothing stands and what the zone holds where something does', async () => {
      const { zones, put } = await open();
      expect(await zones.findAddress(name, 'A')).toBeUndefined();
      put(name, 'A', ['203.0.113.7', '203.0.113.8']);
      const found = await zones.findAddress(name, 'A');
      expect(found).toMatchObject({ name, type: 'A' });
      expect([...(found?.values ?? [])].sort()).toEqual(['203.0.113.7', '203.0.113.8']);
      expect(await zones.findAddress(name, 'AAAA')).toBeUndefined();
    });

    it('writes where nothing stands', async () => {
      const { zones, valuesAt } = await open();
      await zones.replaceAddress(a('203.0.113.7'), undefined);
      await zones.replaceAddress({ name, type: 'AAAA', values: ['2001:db8::7'] }, undefined);
      expect(await valuesAt(name, 'A')).toEqual(['203.0.113.7']);
      expect(await valuesAt(name, 'AAAA')).toEqual(['2001:db8::7']);
    });

    it('replaces what was expected, compared as a set', async () => {
      const { zones, put, valuesAt } = await open();
      put(name, 'A', ['203.0.113.7', '203.0.113.8']);
      await zones.replaceAddress(a('203.0.113.9'), a('203.0.113.8', '203.0.113.7'));
      expect(await valuesAt(name, 'A')).toEqual(['203.0.113.9']);
    });

    it('leaves what was not expected and names it', async () => {
      const { zones, put, valuesAt } = await open();
      put(name, 'A', ['198.51.100.4']);
      for (const expected of [undefined, a('203.0.113.8')]) {
        await expect(zones.replaceAddress(a('203.0.113.7'), expected)).rejects.toMatchObject({
          name: 'record-conflict',
          message: expect.stringContaining('198.51.100.4'),
        });
      }
      expect(await valuesAt(name, 'A')).toEqual(['198.51.100.4']);
    });

    it('does not write where something was expected and nothing stands', async () => {
      const { zones, valuesAt } = await open();
      const refused = zones.replaceAddress(a('203.0.113.7'), a('203.0.113.8'));
      await expect(refused).rejects.toMatchObject({ name: 'record-conflict' });
      expect(await valuesAt(name, 'A')).toEqual([]);
    });

    it('has nothing to do when what is wanted stands there, whatever was expected', async () => {
      const { zones, put, valuesAt } = await open();
      put(name, 'A', ['203.0.113.8', '203.0.113.7']);
      await zones.replaceAddress(a('203.0.113.7', '203.0.113.8'), undefined);
      await zones.replaceAddress(a('203.0.113.7', '203.0.113.8'), a('198.51.100.4'));
      expect(await valuesAt(name, 'A')).toEqual(['203.0.113.7', '203.0.113.8']);
    });

    it('takes two spellings of an IPv6 address for the same', async () => {
      const { zones, valuesAt } = await open();
      const spelled = (value: string): AddressRecord => ({ name, type: 'AAAA', values: [value] });
      await zones.replaceAddress(spelled('2001:db8::7'), undefined);
      await zones.replaceAddress(spelled('2001:db8::8'), spelled('2001:0DB8:0:0::0007'));
      expect(await valuesAt(name, 'AAAA')).toEqual(['2001:db8::8']);
    });

    it('lets one of two writers win', async () => {
      const { zones, another, valuesAt } = await open();
      const ends = await Promise.allSettled([
        zones.replaceAddress(a('203.0.113.7'), undefined),
        another.replaceAddress(a('203.0.113.8'), undefined),
      ]);
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const winner = ends[0]?.status === 'fulfilled' ? '203.0.113.7' : '203.0.113.8';
      expect(await valuesAt(name, 'A')).toEqual([winner]);
    });

    it('never overwrites an alias', async () => {
      const { zones, put, valuesAt } = await open();
      put(name, 'CNAME', ['elsewhere.northwind.test']);
      await expect(zones.replaceAddress(a('203.0.113.7'), undefined)).rejects.toMatchObject({
        name: 'record-conflict',
        message: expect.stringContaining('elsewhere.northwind.test'),
      });
      expect(await valuesAt(name, 'CNAME')).toEqual(['elsewhere.northwind.test']);
    });

    it('answers that an address is visible when every server answers exactly that', async () => {
      const { zones, put } = await open();
      put(name, 'A', ['203.0.113.7', '203.0.113.8']);
      expect(await zones.addressIsVisible(a('203.0.113.8', '203.0.113.7'))).toBe(true);
      expect(await zones.addressIsVisible(a('203.0.113.7'))).toBe(false);
      expect(await zones.addressIsVisible(a('203.0.113.7', '203.0.113.8', '203.0.113.9'))).toBe(false);
    });

    it('refuses a name outside every zone', async () => {
      const { zones } = await open();
      const outside: AddressRecord = { name: 'pbx.southwind.test', type: 'A', values: ['203.0.113.7'] };
      const problem = { name: 'no-zone-for-name' };
      await expect(zones.findAddress(outside.name, 'A')).rejects.toMatchObject(problem);
      await expect(zones.replaceAddress(outside, undefined)).rejects.toMatchObject(problem);
      await expect(zones.addressIsVisible(outside)).rejects.toMatchObject(problem);
    });
  });
}
