// Repairs what a crash left between two systems: orders no execution has, and changes no run has looked at.

import type { Appointment } from '../domain/appointment.ts';
import type { Order } from '../domain/order.ts';
import type { Item } from '../ports/inventory.ts';
import type { Services } from '../steps/services.ts';
import { startOrder, UNSTARTED_SHELF } from './accept-order.ts';
import { NUDGE_SHELF, nudge } from './change-appointment.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'log'>;

const PAGE = 100;

/** `until`: marks younger than this are left to those who are at work on them. Answers how many of each were repaired. */
export async function sweepStuckOrders(
  until: Date,
  services: Needs,
): Promise<{ readonly started: number; readonly nudged: number }> {
  const orders = await allMarked<Order>(UNSTARTED_SHELF, until, services);
  for (const { value: order } of orders) {
    await startOrder(order, services);
    services.log.warn('order had no execution, started', { orderId: order.id });
  }
  const appointments = await allMarked<Appointment>(NUDGE_SHELF, until, services);
  for (const { value: appointment } of appointments) await nudge(appointment, services);
  return { started: orders.length, nudged: appointments.length };
}

async function allMarked<Value>(shelf: string, until: Date, { inventory }: Needs): Promise<readonly Item<Value>[]> {
  const items: Item<Value>[] = [];
  for (let from: string | undefined; ; ) {
    const page = await inventory.listMarked<Value>('due', shelf, { limit: PAGE, from, until, order: 'oldest-first' });
    items.push(...page.items);
    if (page.next === undefined) return items;
    from = page.next;
  }
}
