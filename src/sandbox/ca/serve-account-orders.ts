// The orders of an account, page by page (RFC 8555, section 7.1.2.1).

import { orderStatus } from './acme-objects.ts';
import type { OrderRecord } from './ca-records.ts';
import { CaRefusal } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';

/**
 * In the order they were placed, without those that failed, as the section recommends. A page begins after the last order of
 * the page before, so that what is placed or fails in between moves nothing.
 */
export async function serveAccountOrders(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const { account, route, payload } = request;
  if (account === undefined || account.id !== route.id) {
    throw new CaRefusal('unauthorized', 'those are the orders of another account');
  }
  if (payload !== '') throw new CaRefusal('malformed', 'a list is read with an empty payload');
  const all = world.store.ordersOf(account.id);
  const after = all.findIndex(({ id }) => id === route.part);
  if (route.part !== '' && after < 0) throw new CaRefusal('malformed', 'no such page', { status: 404 });
  const page = firstStanding(world, all.slice(after + 1));
  const last = page.orders.at(-1);
  const next = page.whole ? undefined : last?.id;
  return {
    status: 200,
    links: next === undefined ? [] : [`<${world.urls.accountOrders(account.id, next)}>;rel="next"`],
    body: { orders: page.orders.map(({ id }) => world.urls.order(id)) },
  };
}

/** A page of the orders that have not failed; `whole` when none of them is left over. Looks no further than it must. */
function firstStanding(
  world: CaWorld,
  orders: readonly OrderRecord[],
): { readonly orders: readonly OrderRecord[]; readonly whole: boolean } {
  const page: OrderRecord[] = [];
  for (const order of orders) {
    if (orderStatus(world, order) === 'invalid') continue;
    if (page.length === world.dials().ordersPerPage) return { orders: page, whole: false };
    page.push(order);
  }
  return { orders: page, whole: true };
}
