// What every adapter of Zones keeps of rules 7 and 8 of src/ports/zones.ts: where a look-up of a name ends, in our zones and beyond.

import { describe, expect, it } from 'vitest';
import { MAX_ALIASES } from '../../src/domain/delegation.ts';
import { Problem } from '../../src/domain/problem.ts';
import type { Zones } from '../../src/ports/zones.ts';

export interface FollowUnderTest {
  /** Serves northwind.test and lab.northwind.test; customers delegate to challenges.northwind.test. */
  readonly zones: Zones;
  /** Puts a record set into a zone of ours as somebody else would. */
  readonly put: (name: string, type: 'A' | 'TXT' | 'CNAME' | 'NS', values: readonly string[]) => void;
  /** What public DNS says of names outside our zones: an alias, or that nobody answers. */
  readonly outside: (name: string, alias: string | 'nobody answers') => void;
}

export function followContract(open: () => Promise<FollowUnderTest>): void {
  describe('following a name', () => {
    const name = '_acme-challenge.pbx.northwind.test';
    const elsewhere = '_acme-challenge.pbx.customer.example';

    it('ends at the name itself where nothing stands, or anything but an alias', async () => {
      const { zones, put } = await open();
      expect(await zones.follow(name)).toBe(name);
      put(name, 'TXT', ['other']);
      expect(await zones.follow(name)).toBe(name);
      expect(await zones.follow('northwind.test')).toBe('northwind.test');
    });

    it('ends where a chain over two zones ends', async () => {
      const { zones, put } = await open();
      put(name, 'CNAME', ['one.lab.northwind.test.']);
      put('one.lab.northwind.test', 'CNAME', ['Two.Northwind.test']);
      expect(await zones.follow(name)).toBe('two.northwind.test');
    });

    it('sees at once that a delegation has changed', async () => {
      const { zones, put } = await open();
      put(name, 'CNAME', ['one.northwind.test']);
      expect(await zones.follow(name)).toBe('one.northwind.test');
      put(name, 'CNAME', ['two.northwind.test']);
      expect(await zones.follow(name)).toBe('two.northwind.test');
      put(name, 'CNAME', []);
      expect(await zones.follow(name)).toBe(name);
    });

    it.each([
      { what: 'stands in for a name that is not there', at: 'a.wild.northwind.test', is: 'target.northwind.test' },
      { what: 'stands in however deep the name', at: 'c.b.a.wild.northwind.test', is: 'target.northwind.test' },
      { what: 'does not for a name that is', at: 'there.wild.northwind.test', is: 'there.wild.northwind.test' },
      { what: 'does not for a name with names below', at: 'ent.wild.northwind.test', is: 'ent.wild.northwind.test' },
      { what: 'does not below a name that is', at: 'x.there.wild.northwind.test', is: 'x.there.wild.northwind.test' },
      { what: 'of the zone itself stands in too', at: 'x.y.lab.northwind.test', is: 'all.northwind.test' },
    ])('the alias of a wildcard $what', async ({ at, is }) => {
      const { zones, put } = await open();
      put('*.wild.northwind.test', 'CNAME', ['target.northwind.test']);
      put('there.wild.northwind.test', 'A', ['203.0.113.7']);
      put('x.ent.wild.northwind.test', 'A', ['203.0.113.7']);
      put('*.lab.northwind.test', 'CNAME', ['all.northwind.test']);
      expect(await zones.follow(at)).toBe(is);
    });

    it('comes from outside into a zone of ours', async () => {
      const { zones, outside, put } = await open();
      outside(elsewhere, 'hub.customer.example');
      outside('hub.customer.example', 'pbx.challenges.northwind.test');
      expect(await zones.follow(elsewhere)).toBe('pbx.challenges.northwind.test');
      put('pbx.challenges.northwind.test', 'CNAME', ['pbx.lab.northwind.test']);
      expect(await zones.follow(elsewhere)).toBe('pbx.lab.northwind.test');
    });

    it('puts up and takes down at the end of the chain', async () => {
      const { zones, outside } = await open();
      outside(elsewhere, 'pbx.challenges.northwind.test');
      const record = { name: await zones.follow(elsewhere), value: 'v' };
      await zones.add(record);
      await expect.poll(() => zones.isVisible(record), { interval: 5 }).toBe(true);
      await zones.remove(record);
    });

    it('says which record a customer must set when the name is not delegated', async () => {
      const { zones } = await open();
      await expect(zones.follow(elsewhere)).rejects.toMatchObject({
        name: 'no-zone-for-name',
        message: expect.stringContaining(`set: ${elsewhere} CNAME pbx.customer.example.challenges.northwind.test`),
      });
    });

    it.each([
      { what: 'a name', cut: 'pbx.northwind.test' },
      { what: 'the challenge', cut: name },
    ])('takes what is cut out of our zone at $what for outside', async ({ cut }) => {
      const { zones, put, outside } = await open();
      put(cut, 'NS', ['ns.customer.example']);
      await expect(zones.follow(name)).rejects.toMatchObject({
        name: 'no-zone-for-name',
        message: expect.stringContaining(`"${cut}" is delegated away`),
      });
      outside(name, 'pbx.challenges.northwind.test');
      expect(await zones.follow(name)).toBe('pbx.challenges.northwind.test');
    });

    it('refuses an alias of what is no name', async () => {
      const { zones, outside } = await open();
      outside(elsewhere, 'a\nb.northwind.test');
      await expect(zones.follow(elsewhere)).rejects.toMatchObject({
        name: 'delegation-broken',
        message: expect.stringMatching(/^[^\n]*no name to prove at$/),
      });
    });

    it('shows the chain when it ends outside', async () => {
      const { zones, put } = await open();
      put(name, 'CNAME', ['pbx.customer.example']);
      await expect(zones.follow(name)).rejects.toMatchObject({
        name: 'no-zone-for-name',
        message: expect.stringContaining(`${name} → pbx.customer.example`),
      });
    });

    it('refuses aliases that go in circles, in our zones and across', async () => {
      const { zones, put, outside } = await open();
      put(name, 'CNAME', [name]);
      const broken = { name: 'delegation-broken', message: expect.stringContaining('in circles') };
      await expect(zones.follow(name)).rejects.toMatchObject(broken);
      put(name, 'CNAME', ['hub.customer.example']);
      outside('hub.customer.example', name);
      await expect(zones.follow(name)).rejects.toMatchObject(broken);
    });

    it('follows eight aliases and refuses the ninth', async () => {
      const { zones, put } = await open();
      const link = (index: number) => `l${index}.northwind.test`;
      for (let index = 0; index < MAX_ALIASES; index += 1) put(link(index), 'CNAME', [link(index + 1)]);
      expect(await zones.follow(link(0))).toBe(link(8));
      put(link(8), 'CNAME', [link(9)]);
      await expect(zones.follow(link(0))).rejects.toMatchObject({
        name: 'delegation-broken',
        message: expect.stringContaining('more than 8 aliases'),
      });
    });

    it('fails for a while when nobody answers for a name outside', async () => {
      const { zones, outside } = await open();
      outside(elsewhere, 'nobody answers');
      await expect(zones.follow(elsewhere)).rejects.toMatchObject({ name: 'dns-unreachable' });
    });
  });
}

/** The public DNS of the test: what was said of a name outside, asked as the adapters ask. */
export class OutsideDns {
  readonly #aliases = new Map<string, string>();

  readonly say = (name: string, alias: string): void => {
    this.#aliases.set(name, alias);
  };

  readonly findAlias = async (name: string): Promise<string | undefined> => {
    const alias = this.#aliases.get(name);
    if (alias === 'nobody answers') throw new Problem('dns-unreachable', `no resolver answers for "${name}"`);
    return alias;
  };
}
