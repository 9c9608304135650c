// Writes down how an order ended, and frees the server for the next one.

import { type Appointment, type AppointmentState, isAhead } from '../domain/appointment.ts';
import { planRenewal, withEnd } from '../domain/certificate.ts';
import { isClosed, type Order, type OrderProblem, type OrderState } from '../domain/order.ts';
import { type Happening, noteEvent } from './events.ts';
import {
  appointmentKey,
  certificateKey,
  changeItem,
  listedMark,
  orderKey,
  RENEWALS_SHELF,
  serverKey,
} from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';
import { contactsTold } from './told-contacts.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

export interface CloseInput extends StepInput {
  readonly state: Extract<OrderState, 'done' | 'needs-attention' | 'cancelled'>;
  readonly problem?: OrderProblem;
  readonly appointment?: { readonly id: string; readonly state: AppointmentState };
}

/** `restartOff` of an order that needs attention: see `findRestartOff`; people must hear of it. */
export const closeOrder = step('close-order', async (input: CloseInput, services: Needs) => {
  const { inventory, clock } = services;
  const closedAt = clock.now().toISOString();
  const { appointment, state, problem } = input;
  if (appointment !== undefined) {
    await changeItem(
      inventory,
      appointmentKey(input.partner, appointment.id),
      (now) => ({ ...now, state: appointment.state, callbackId: undefined }),
      () => ({}),
    );
  }
  const order = await changeItem(
    inventory,
    orderKey(input.partner, input.orderId),
    (now) => (isClosed(now) ? now : { ...now, state, closedAt, problem }),
    (now) => ({ listed: listedMark(now) }),
  );
  await noteEvent(order, closingOf(order), services);
  await freeServer(input, order.request.hostname, services);
  await noteEnd(order, services);
  const restartOff = state === 'needs-attention' ? await findRestartOff(order, problem?.message, services) : undefined;
  return done({ state: order.state, restartOff }, problem === undefined ? state : `${state}: ${problem.message}`);
});

/**
 * The appointment people were told of and that will not be; from now on it is missed, so that nobody confirms or moves what nothing waits for.
 * Undefined when nobody was told of a restart, or what they were told has happened.
 */
export async function findRestartOff(
  order: Order,
  why: string | undefined,
  services: Needs,
): Promise<string | undefined> {
  if (order.appointmentId === undefined) return undefined;
  const { id, state } = await changeItem(
    services.inventory,
    appointmentKey(order.partner, order.appointmentId),
    (now): Appointment =>
      isAhead(now) ? { ...now, state: 'missed', why: now.why ?? why, callbackId: undefined } : now,
  );
  return state === 'missed' && (await contactsTold(order, services)).length > 0 ? id : undefined;
}

function closingOf({ id: orderId, state, reason, closedAt, fingerprint, problem, request }: Order): Happening {
  const data = { orderId, hostname: request.hostname, reason, state, closedAt, fingerprint, problem };
  return { type: 'order.closed', nth: 'end', data };
}

/** While an order is open nobody looks at the renewal of its server's certificate; its end brings the next look, and counts when it failed. */
async function noteEnd(order: Order, { inventory, clock }: Needs): Promise<void> {
  const key = certificateKey(order.partner, order.request.hostname);
  if ((await inventory.find(key)) === undefined) return;
  await changeItem(
    inventory,
    key,
    (certificate) => withEnd(certificate, order, clock.now()),
    (certificate) => {
      const plan = planRenewal(certificate, clock.now());
      return { due: { shelf: RENEWALS_SHELF, at: plan.act === 'wait' ? plan.lookAt : clock.now() } };
    },
  );
}

/** An order that never got the server (name taken, another order open) has nothing to free. */
async function freeServer(input: CloseInput, hostname: string, { inventory }: Needs): Promise<void> {
  const item = await inventory.find(serverKey(input.partner, hostname));
  if (item?.value.openOrderId !== input.orderId) return;
  await changeItem(inventory, serverKey(input.partner, hostname), (server) =>
    server.openOrderId === input.orderId ? { ...server, openOrderId: undefined } : server,
  );
}
