// A person cancels an order that waits for a customer's records or for InfinityOne; one further on is cancelled by its restart.

import { isClosed, type Order } from '../domain/order.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { closeOrder } from '../steps/close-order.ts';
import { getItem, listedMark, orderKey } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

const ATTEMPTS = 5;

/** A visit no workflow uses, so that the timeline shows that a person closed the order. */
const CANCEL_VISIT = 9_999_996;

/**
 * Of a cancel and a look that finds the records right at the same moment, one wins whole: the item is written on the state that was read. The run of
 * the order finds it closed when it looks next. Idempotent. Problems: `not-found`, `order-not-waiting`.
 */
export async function cancelOrder(partner: string, id: string, services: Needs): Promise<Order> {
  const { inventory, clock } = services;
  const key = orderKey(partner, id);
  if ((await inventory.find(key)) === undefined) throw new Problem('not-found', `no order ${quoted(id)}`);
  for (let attempt = 1; ; attempt += 1) {
    const item = await getItem(inventory, key);
    const { value: order } = item;
    if (order.state !== 'cancelled' && !isWaiting(order)) throw notWaiting(order);
    try {
      if (isWaiting(order)) {
        const closedAt = clock.now().toISOString();
        const cancelled: Order = { ...order, state: 'cancelled', closedAt, wantedRecords: undefined };
        await inventory.replace(item, cancelled, { listed: listedMark(order) });
      }
      await closeOrder({ partner, orderId: id, visit: CANCEL_VISIT, state: 'cancelled' }, services);
      return (await getItem(inventory, key)).value;
    } catch (error) {
      if (problemCode(error) !== 'item-changed' || attempt === ATTEMPTS) throw error;
    }
  }
}

/** For something only people outside can bring about. */
function isWaiting({ state }: Order): boolean {
  return state === 'awaiting-dns' || state === 'web-served';
}

function notWaiting(order: Order): Problem {
  const advice = isClosed(order) ? 'it is over' : 'cancel its restart instead, once there is one';
  return new Problem('order-not-waiting', `order "${order.id}" is ${order.state}; ${advice}`);
}
