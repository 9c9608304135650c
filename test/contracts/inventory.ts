// What every inventory must do: one test or more per numbered rule of src/ports/inventory.ts.

import { describe, expect, it, vi } from 'vitest';
import { problemCode } from '../../src/domain/problem.ts';
import type { Inventory } from '../../src/ports/inventory.ts';
import { inventoryPagesContract } from './inventory-pages.ts';
import { at, dueSorts, found, key } from './inventory-things.ts';

/** `open` gives an empty inventory of its own to each test. */
export function inventoryContract(open: () => Promise<Inventory>): void {
  describe('as Inventory', () => {
    describe('find, add, replace, remove', () => {
      it('finds nothing where nothing was added', async () => {
        const inventory = await open();
        expect(await inventory.find(key('a'))).toBeUndefined();
      });

      it('finds what the last write left', async () => {
        const inventory = await open();
        const due = { shelf: 'due', at: at(1) };
        const added = await inventory.add(key('a'), { text: 'first' }, { due });
        expect(added).toEqual({ key: key('a'), value: { text: 'first' }, version: 1, marks: { due } });
        expect(await inventory.find(key('a'))).toEqual(added);

        const replaced = await inventory.replace(found(added), { text: 'second' });
        expect(replaced).toEqual({ key: key('a'), value: { text: 'second' }, version: 2, marks: {} });
        expect(await inventory.find(key('a'))).toEqual(replaced);
      });

      it('tells apart what lies under the same sort key of two partitions', async () => {
        const inventory = await open();
        await inventory.add({ partition: 'P#a', sort: 'x' }, { text: 'of a' });
        expect(await inventory.find({ partition: 'P#b', sort: 'x' })).toBeUndefined();
        expect(await inventory.add({ partition: 'P#b', sort: 'x' }, { text: 'of b' })).toBeDefined();
      });

      it('adds nothing over what stands', async () => {
        const inventory = await open();
        await inventory.add(key('a'), { text: 'first' });
        expect(await inventory.add(key('a'), { text: 'second' })).toBeUndefined();
        expect((await inventory.find(key('a')))?.value).toEqual({ text: 'first' });
      });

      it('lets exactly one of twenty concurrent adds win', async () => {
        const inventory = await open();
        const answers = await Promise.all(twenty((text) => inventory.add(key('a'), { text })));
        const winners = answers.filter((answer) => answer !== undefined);
        expect(winners).toHaveLength(1);
        expect(await inventory.find(key('a'))).toEqual(winners[0]);
      });

      it('replaces only the version it was given', async () => {
        const inventory = await open();
        const first = found(await inventory.add(key('a'), { text: 'first' }));
        await inventory.replace(first, { text: 'second' });
        expect(await codeOf(inventory.replace(first, { text: 'late' }))).toBe('item-changed');
        expect((await inventory.find(key('a')))?.value).toEqual({ text: 'second' });
      });

      it('replaces nothing where nothing stands', async () => {
        const inventory = await open();
        const gone = found(await inventory.add(key('a'), { text: 'first' }));
        await inventory.remove(gone.key);
        expect(await codeOf(inventory.replace(gone, { text: 'late' }))).toBe('item-changed');
        expect(await inventory.find(key('a'))).toBeUndefined();
      });

      it('lets exactly one of twenty concurrent replaces win', async () => {
        const inventory = await open();
        const first = found(await inventory.add(key('a'), { text: 'first' }));
        const ends = await Promise.allSettled(twenty((text) => inventory.replace(first, { text })));
        const winners = ends.filter((end) => end.status === 'fulfilled').map((end) => end.value);
        const codes = ends.filter((end) => end.status === 'rejected').map((end) => problemCode(end.reason));
        expect(winners).toHaveLength(1);
        expect(new Set(codes)).toEqual(new Set(['item-changed']));
        expect(await inventory.find(key('a'))).toEqual(winners[0]);
        expect(winners[0]?.version).toBe(2);
      });

      it('removes whatever version stands, and also nothing', async () => {
        const inventory = await open();
        const first = found(await inventory.add(key('a'), { text: 'first' }, { due: { shelf: 'due', at: at(1) } }));
        await inventory.replace(first, { text: 'second' }, { due: { shelf: 'due', at: at(1) } });
        await inventory.remove(key('a'));
        await inventory.remove(key('a'));
        expect(await inventory.find(key('a'))).toBeUndefined();
        await vi.waitFor(async () => expect(await dueSorts(inventory, 'oldest-first')).toEqual([]));
        expect(await inventory.add(key('a'), { text: 'again' })).toBeDefined();
      });
    });

    describe('keys', () => {
      it.each([
        { what: 'an empty partition', bad: { partition: '', sort: 'a' }, field: 'partition' },
        { what: 'an empty sort key', bad: { partition: 'P', sort: '' }, field: 'sort' },
        { what: 'a partition over 2048 bytes', bad: { partition: 'é'.repeat(1025), sort: 'a' }, field: 'partition' },
        { what: 'a sort key over 1024 bytes', bad: { partition: 'P', sort: 'é'.repeat(513) }, field: 'sort' },
        { what: 'half a character', bad: { partition: 'P', sort: 'a\ud800' }, field: 'sort' },
      ])('refuses $what', async ({ bad, field }) => {
        const inventory = await open();
        const refusal = { name: 'bad-request', field };
        await expect(inventory.find(bad)).rejects.toMatchObject(refusal);
        await expect(inventory.add(bad, { text: '' })).rejects.toMatchObject(refusal);
        await expect(inventory.remove(bad)).rejects.toMatchObject(refusal);
      });
    });

    describe('values', () => {
      it('keeps JSON as it is, and drops undefined fields', async () => {
        const inventory = await open();
        const value = {
          empty: { text: '', list: [], object: {} },
          numbers: [0, -1, 0.1 + 0.2, 1e-300, 1.7976931348623157e308, Number.MAX_SAFE_INTEGER],
          texts: ['é', '\u{1f512}', '\u0000', '\ud800', '"\\\n\u2028'],
          others: [true, false, null, [[[]]]],
          fields: { constructor: 'text', toString: 'text' },
        };
        const added = await inventory.add(key('a'), { ...value, gone: undefined, deep: [{ gone: undefined }] });
        expect(added?.value).toStrictEqual({ ...value, deep: [{}] });
        expect((await inventory.find(key('a')))?.value).toStrictEqual({ ...value, deep: [{}] });
      });

      it('shares nothing with what was given or answered', async () => {
        const inventory = await open();
        const given = { list: ['a'] };
        const added = await inventory.add(key('a'), given);
        given.list.push('b');
        added?.value.list.push('c');
        (await inventory.find({ ...key('a'), value: given }))?.value.list.push('d');
        expect((await inventory.find(key('a')))?.value).toEqual({ list: ['a'] });
      });

      it.each([
        { what: 'a value over 350 KB', value: { text: 'é'.repeat(180_000) }, field: 'value' },
        { what: 'a date', value: { made: { at: new Date(0) } }, field: 'value.made.at' },
        { what: 'a number that is none', value: [1, Number.NaN], field: 'value.1' },
        { what: 'a map', value: { map: new Map() }, field: 'value.map' },
        { what: 'a list with a hole', value: { list: [1, undefined] }, field: 'value.list.1' },
        { what: 'nothing', value: undefined, field: 'value' },
      ])('refuses $what and writes nothing', async ({ value, field }) => {
        const inventory = await open();
        await expect(inventory.add<unknown>(key('a'), value)).rejects.toMatchObject({ name: 'bad-request', field });
        expect(await inventory.find(key('a'))).toBeUndefined();
        const stands = found(await inventory.add<unknown>(key('a'), 'stands'));
        await expect(inventory.replace<unknown>(stands, value)).rejects.toMatchObject({ name: 'bad-request', field });
        expect((await inventory.find(key('a')))?.value).toBe('stands');
      });

      it('keeps a value of just 350 KB', async () => {
        const inventory = await open();
        const value = 'x'.repeat(350 * 1024 - 2);
        await inventory.add(key('a'), value, { due: { shelf: 's', at: at(1) }, listed: { shelf: 's', at: at(1) } });
        expect((await inventory.find(key('a')))?.value).toBe(value);
      });
    });
  });

  inventoryPagesContract(open);
}

function twenty<Answer>(act: (text: string) => Promise<Answer>): readonly Promise<Answer>[] {
  return Array.from({ length: 20 }, (_, index) => act(`writer ${index}`));
}

async function codeOf(acting: Promise<unknown>): Promise<string | undefined> {
  return acting.then(() => 'no problem', problemCode);
}
