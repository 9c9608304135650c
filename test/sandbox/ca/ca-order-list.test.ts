// The list of an account's orders at the CA: whole when its pages are followed, whatever happens in between.

import { describe, expect, it } from 'vitest';
import { openCa } from './ca-under-test.ts';
import { RawAcme, type RawAnswer } from './raw-acme.ts';

describe('the orders of an account', () => {
  it('stand on pages that name the next one, in the order they were placed', async () => {
    const { client } = await openCa();
    const placed: string[] = [];
    for (let index = 0; index < 7; index += 1) placed.push(await place(client, `pbx${index}.northwind.test`));
    const { json } = await client.read(client.accountUrl);

    const pages = await pagesFrom(client, String(json.orders));

    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual(placed);
  });

  it('are all there when one is placed or fails while they are read, and after a restart', async () => {
    const world = await openCa({ dials: { ordersPerPage: 2 } });
    const { client } = world;
    const placed: string[] = [];
    for (let index = 0; index < 4; index += 1) placed.push(await place(client, `pbx${index}.northwind.test`));
    const first = await client.read(`${client.accountUrl}/orders`);
    const { json } = await client.read(placed[0]);
    await client.post(String((json.authorizations as string[])[0]), { status: 'deactivated' });
    placed.push(await place(client, 'late.northwind.test'));
    await world.restart();

    const rest = await pagesFrom(client, String(nextOf(first)));
    const anew = await pagesFrom(client, `${client.accountUrl}/orders`);

    expect([...(first.json.orders as string[]), ...rest.flat()]).toEqual(placed);
    expect(anew.flat()).toEqual(placed.slice(1));
  });

  it('end with a page that names no other, also when it is full or empty', async () => {
    const { client } = await openCa({ dials: { ordersPerPage: 1 } });
    const empty = await client.read(`${client.accountUrl}/orders`);
    await place(client, 'pbx.northwind.test');
    const full = await client.read(`${client.accountUrl}/orders`);
    expect([empty.json.orders, nextOf(empty)]).toEqual([[], undefined]);
    expect([(full.json.orders as string[]).length, nextOf(full)]).toEqual([1, undefined]);
  });

  it('are shown to that account alone, and only read', async () => {
    const { client, ca } = await openCa();
    const stranger = new RawAcme(ca);
    await stranger.register();
    const foreign = (await place(stranger, 'pbx.northwind.test')).split('/').at(-1);
    const list = `${client.accountUrl}/orders`;
    const answers = [
      await stranger.read(list),
      await client.post(list, {}),
      await client.read(`${list}/${foreign}`),
      await client.send('GET', list, undefined, {}),
    ];
    expect(answers.map(({ errorType, status }) => [errorType, status])).toEqual([
      ['unauthorized', 403],
      ['malformed', 400],
      ['malformed', 404],
      ['malformed', 405],
    ]);
  });
});

async function place(client: RawAcme, name: string): Promise<string> {
  return String((await client.order(name)).headers.location);
}

async function pagesFrom(client: RawAcme, first: string): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = [];
  for (let url: string | undefined = first; url !== undefined && pages.length < 20; ) {
    const page: RawAnswer = await client.read(url);
    pages.push(page.json.orders as string[]);
    url = nextOf(page);
  }
  return pages;
}

function nextOf({ links }: RawAnswer): string | undefined {
  return links.flatMap((link) => /^<(.+)>;rel="next"$/.exec(link)?.[1] ?? [])[0];
}
