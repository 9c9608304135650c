// How every inventory must answer in pages: rules 5 and 6 of src/ports/inventory.ts, limits and cursors.

import { describe, expect, it, vi } from 'vitest';
import type { Inventory } from '../../src/ports/inventory.ts';
import { addDue, at, dueSorts, key, pagesOf, sortsOf, type Thing } from './inventory-things.ts';

/** `open` gives an empty inventory of its own to each test. */
export function inventoryPagesContract(open: () => Promise<Inventory>): void {
  describe('as Inventory, in pages', () => {
    describe('list', () => {
      it('answers in the order of the sort keys by bytes of UTF-8', async () => {
        const inventory = await open();
        // by units of UTF-16 the last two would change places
        const inOrder = ['#', '10', '9', 'A', 'a', 'a/b', 'ab', 'é', '\uff5e', '\u{1f512}'];
        for (const sort of inOrder.toReversed()) await inventory.add(key(sort), { text: sort });
        expect(sortsOf(await inventory.list('P#p', { limit: 100 }))).toEqual(inOrder);
      });

      it('narrows by the start of the sort key, and keeps to its partition', async () => {
        const inventory = await open();
        for (const sort of ['ORDER', 'ORDER#1', 'ORDER#2', 'ORDERS#3', 'P'])
          await inventory.add(key(sort), { text: sort });
        await inventory.add({ partition: 'P#p2', sort: 'ORDER#9' }, { text: 'of another' });
        expect(sortsOf(await inventory.list('P#p', { limit: 10, sortPrefix: 'ORDER#' }))).toEqual([
          'ORDER#1',
          'ORDER#2',
        ]);
        expect(sortsOf(await inventory.list('P#none', { limit: 10 }))).toEqual([]);
      });

      it.each([{ limit: 1 }, { limit: 3 }, { limit: 7 }, { limit: 100 }])(
        'shows everything once in pages of $limit',
        async ({ limit }) => {
          const inventory = await open();
          const sorts = Array.from({ length: 7 }, (_, index) => `k${index}`);
          for (const sort of sorts) await inventory.add(key(sort), { text: sort });
          const pages = await pagesOf((from) => inventory.list<Thing>('P#p', { limit, from, sortPrefix: 'k' }));
          expect(pages.flatMap(sortsOf)).toEqual(sorts);
          expect(pages).toHaveLength(Math.ceil(sorts.length / limit));
          expect(pages.flatMap((page) => page.next ?? []).every((next) => /^[A-Za-z0-9_-]+$/.test(next))).toBe(true);
        },
      );

      it('fills a page also with values of hundreds of kilobytes', async () => {
        const inventory = await open();
        const text = 'x'.repeat(300_000);
        for (const sort of ['a', 'b', 'c', 'd', 'e'])
          await inventory.add(key(sort), { text }, { due: { shelf: 's', at: at(1) } });
        const first = await inventory.list('P#p', { limit: 4 });
        expect(sortsOf(first)).toEqual(['a', 'b', 'c', 'd']);
        expect(sortsOf(await inventory.list('P#p', { limit: 4, from: first.next }))).toEqual(['e']);
        expect((await inventory.listMarked('due', 's', { limit: 5, order: 'oldest-first' })).items).toHaveLength(5);
      });

      it('goes on where the page ended when items come and go in between', async () => {
        const inventory = await open();
        for (const sort of ['b', 'd', 'f']) await inventory.add(key(sort), { text: sort });
        const first = await inventory.list('P#p', { limit: 2 });
        await inventory.remove(key('d'));
        await inventory.add(key('a'), { text: 'before' });
        await inventory.add(key('e'), { text: 'after' });
        expect(sortsOf(await inventory.list('P#p', { limit: 5, from: first.next }))).toEqual(['e', 'f']);
      });
    });

    describe('listMarked', () => {
      it('finds by time, oldest first up to and including until', async () => {
        const inventory = await open();
        for (const minute of [3, 1, 2, 4]) await addDue(inventory, `m${minute}`, minute);
        await vi.waitFor(async () => {
          expect(await dueSorts(inventory, 'oldest-first', at(3))).toEqual(['m1', 'm2', 'm3']);
        });
        expect(await dueSorts(inventory, 'oldest-first', new Date(at(3).getTime() - 1))).toEqual(['m1', 'm2']);
        expect(await dueSorts(inventory, 'oldest-first')).toEqual(['m1', 'm2', 'm3', 'm4']);
      });

      it('finds newest first', async () => {
        const inventory = await open();
        for (const minute of [3, 1, 2, 4]) await addDue(inventory, `m${minute}`, minute);
        await vi.waitFor(async () =>
          expect(await dueSorts(inventory, 'newest-first')).toEqual(['m4', 'm3', 'm2', 'm1']),
        );
        expect(await dueSorts(inventory, 'newest-first', at(2))).toEqual(['m2', 'm1']);
      });

      it('finds only what carries the mark, on its shelf and in its index', async () => {
        const inventory = await open();
        await inventory.add(key('due'), { text: '' }, { due: { shelf: 's', at: at(1) } });
        await inventory.add(key('listed'), { text: '' }, { listed: { shelf: 's', at: at(1) } });
        await inventory.add(
          key('both'),
          { text: '' },
          { due: { shelf: 's', at: at(2) }, listed: { shelf: 's', at: at(3) } },
        );
        await inventory.add(key('elsewhere'), { text: '' }, { due: { shelf: 's2', at: at(1) } });
        await inventory.add(key('unmarked'), { text: '' });
        await vi.waitFor(async () => {
          const due = await inventory.listMarked('due', 's', { limit: 10, order: 'oldest-first' });
          const listed = await inventory.listMarked('listed', 's', { limit: 10, order: 'oldest-first' });
          expect(sortsOf(due)).toEqual(['due', 'both']);
          expect(sortsOf(listed)).toEqual(['listed', 'both']);
          expect(due.items[1]).toEqual(await inventory.find(key('both')));
        });
      });

      it('moves and loses an item with its marks', async () => {
        const inventory = await open();
        const first = await addDue(inventory, 'a', 1);
        const second = await inventory.replace(first, { text: 'later' }, { due: { shelf: 'due', at: at(5) } });
        await vi.waitFor(async () => {
          expect(await dueSorts(inventory, 'oldest-first', at(4))).toEqual([]);
          expect(await dueSorts(inventory, 'oldest-first')).toEqual(['a']);
        });
        await inventory.replace(second, { text: 'never' });
        await vi.waitFor(async () => expect(await dueSorts(inventory, 'oldest-first')).toEqual([]));
        expect((await inventory.find(key('a')))?.value).toEqual({ text: 'never' });
      });

      it.each(['oldest-first', 'newest-first'] as const)(
        'shows everything once in pages, %s, also of one moment',
        async (order) => {
          const inventory = await open();
          const minutes = [1, 2, 2, 2, 2, 3, 3];
          await Promise.all(minutes.map((minute, index) => addDue(inventory, `k${index}`, minute)));
          await vi.waitFor(async () => expect(await dueSorts(inventory, order)).toHaveLength(7));
          const pages = await pagesOf((from) =>
            inventory.listMarked<Thing>('due', 'due', { limit: 2, from, order, until: at(9) }),
          );
          const items = pages.flatMap((page) => page.items);
          expect(items.map((item) => item.key.sort).toSorted()).toEqual(minutes.map((_, index) => `k${index}`));
          const times = items.map((item) => item.marks.due?.at.getTime() ?? 0);
          expect(times).toEqual(times.toSorted((a, b) => (order === 'oldest-first' ? a - b : b - a)));
        },
      );
    });

    describe('limits and cursors', () => {
      it.each([{ limit: 0 }, { limit: 101 }, { limit: 1.5 }, { limit: Number.NaN }])(
        'refuses a limit of $limit',
        async ({ limit }) => {
          const inventory = await open();
          const refusal = { name: 'bad-request', field: 'limit' };
          await expect(inventory.list('P#p', { limit })).rejects.toMatchObject(refusal);
          await expect(inventory.listMarked('due', 's', { limit, order: 'oldest-first' })).rejects.toMatchObject(
            refusal,
          );
        },
      );

      it('refuses a cursor of another range and a made-up one', async () => {
        const inventory = await open();
        for (const sort of ['a1', 'a2', 'a3']) {
          await inventory.add(
            key(sort),
            { text: '' },
            { due: { shelf: 's', at: at(1) }, listed: { shelf: 's', at: at(1) } },
          );
        }
        const listed = await inventory.list('P#p', { limit: 1 });
        const due = await vi.waitFor(async () => {
          const page = await inventory.listMarked('due', 's', { limit: 1, order: 'oldest-first' });
          expect(page.next).toBeDefined();
          return page;
        });
        const refusal = { name: 'bad-request', field: 'from' };
        const oldest = { limit: 1, order: 'oldest-first' } as const;
        for (const from of [due.next, '', 'null', 'W10', '%00', 'x'.repeat(20_000)]) {
          await expect(inventory.list('P#p', { limit: 1, from: from ?? '' })).rejects.toMatchObject(refusal);
        }
        const next = listed.next ?? '';
        await expect(inventory.list('P#q', { limit: 1, from: next })).rejects.toMatchObject(refusal);
        await expect(inventory.list('P#p', { limit: 1, from: next, sortPrefix: 'a' })).rejects.toMatchObject(refusal);
        const dueNext = due.next ?? '';
        await expect(inventory.listMarked('due', 's', { ...oldest, from: next })).rejects.toMatchObject(refusal);
        await expect(inventory.listMarked('listed', 's', { ...oldest, from: dueNext })).rejects.toMatchObject(refusal);
        await expect(inventory.listMarked('due', 's2', { ...oldest, from: dueNext })).rejects.toMatchObject(refusal);
        await expect(
          inventory.listMarked('due', 's', { ...oldest, until: at(1), from: dueNext }),
        ).rejects.toMatchObject(refusal);
        await expect(
          inventory.listMarked('due', 's', { limit: 1, order: 'newest-first', from: dueNext }),
        ).rejects.toMatchObject(refusal);
      });

      it('takes a cursor of its range with another limit', async () => {
        const inventory = await open();
        for (const sort of ['a', 'b', 'c']) await inventory.add(key(sort), { text: '' });
        const first = await inventory.list('P#p', { limit: 1 });
        expect(sortsOf(await inventory.list('P#p', { limit: 9, from: first.next }))).toEqual(['b', 'c']);
      });
    });
  });
}
