// Repairs what a crash left between two systems: orders no execution has or sees through, and changes no run has looked at.

import type { Appointment } from '../domain/appointment.ts';
import type { Order } from '../domain/order.ts';
import type { Item } from '../ports/inventory.ts';
import { closeOrder, findRestartOff } from '../steps/close-order.ts';
import { OPEN_SHELF, REVOCATIONS_SHELF } from '../steps/records.ts';
import { sendNotice } from '../steps/send-notice.ts';
import type { Services } from '../steps/services.ts';
import { startOrder, UNSTARTED_SHELF } from './accept-order.ts';
import { NUDGE_SHELF, nudge } from './change-appointment.ts';
import { duePages } from './due-items.ts';
import { sweepRevocation } from './revoke-certificate.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'linkKeys' | 'log' | 'mail' | 'clock' | 'settings'>;

export interface Swept {
  readonly started: number;
  readonly nudged: number;
  /** Orders whose execution had failed or been stopped: closed, and a person told. */
  readonly abandoned: number;
}

/** A visit no workflow uses, so that the timeline shows who closed the order. */
const SWEEP_VISIT = 9_999_999;
const OFF_VISIT = 9_999_995;

/** `until`: marks younger than this are left to those who are at work on them. */
export async function sweepStuckOrders(until: Date, services: Needs): Promise<Swept> {
  const orders = await allMarked<Order>(UNSTARTED_SHELF, until, services);
  for (const { value: order } of orders) {
    await startOrder(order, services);
    services.log.warn('order had no execution, started', { orderId: order.id });
  }
  const appointments = await allMarked<Appointment>(NUDGE_SHELF, until, services);
  for (const { value: appointment } of appointments) await nudge(appointment, services);
  const open = await allMarked<Order>(OPEN_SHELF, until, services);
  const revocations = await allMarked<Order>(REVOCATIONS_SHELF, until, services);
  for (const item of revocations) await sweepRevocation(item, services);
  let abandoned = 0;
  for (const { value: order } of open) abandoned += (await closeIfAbandoned(order, services)) ? 1 : 0;
  return { started: orders.length, nudged: appointments.length, abandoned };
}

/** An execution that failed says nothing to anybody: a bug of ours, or somebody stopped it. The old certificate stays served. */
async function closeIfAbandoned(order: Order, services: Needs): Promise<boolean> {
  const state = await services.executions.state('fulfil-order', order.id);
  if (state !== 'failed' && state !== 'stopped') return false;
  const step = { partner: order.partner, orderId: order.id, visit: SWEEP_VISIT };
  const message = `the execution of the order ${state}; nothing more happens by itself`;
  await sendNotice({ ...step, notice: 'needs-attention', why: message }, services);
  const appointmentId = await findRestartOff(order, message, services);
  if (appointmentId !== undefined)
    await sendNotice({ ...step, visit: OFF_VISIT, appointmentId, notice: 'restart-off', why: message }, services);
  await closeOrder(
    { ...step, state: 'needs-attention', problem: { code: 'execution-failed', message, step: 'fulfil-order' } },
    services,
  );
  services.log.error('order abandoned by its execution', { orderId: order.id, state });
  return true;
}

async function allMarked<Value>(shelf: string, until: Date, { inventory }: Needs): Promise<readonly Item<Value>[]> {
  const items: Item<Value>[] = [];
  for await (const page of duePages<Value>(inventory, shelf, until)) items.push(...page);
  return items;
}
