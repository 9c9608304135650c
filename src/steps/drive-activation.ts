// What the steps of an activation have in common: telling the server which one, and reading what it answers.

import type { Order } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import type { ActivationView, Appliance } from '../ports/appliances.ts';
import { appointmentKey, getItem } from './records.ts';
import type { AppointmentInput } from './review-appointment.ts';
import type { Services } from './services.ts';

/** Erlang looks at its files again every two minutes (facts gathered from EMQX and ranch; docs/activation.md). */
export const PICK_UP_SECONDS = 150;

/** Of the leaf that was issued and staged. */
export function stagedFingerprint(order: Order): string {
  if (order.fingerprint !== undefined) return order.fingerprint;
  throw new Problem('vault-item-missing', `order "${order.id}" has nothing to activate`);
}

/** Read once the appointment is open, when nobody can move its end any more. */
export async function activationOf(
  input: AppointmentInput,
  order: Order,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<Parameters<Appliance['activate']>[0]> {
  const { value: appointment } = await getItem(inventory, appointmentKey(input.partner, input.appointmentId));
  return {
    id: input.appointmentId,
    fingerprint: stagedFingerprint(order),
    name: order.request.hostname,
    sitePort: order.request.sitePort,
    mayRestartUntil: new Date(appointment.closesAt),
    ...(order.request.windowPolicy.restartWhenServedAlready === false ? { pickUpSeconds: PICK_UP_SECONDS } : {}),
  };
}

/** The script has nothing left to do until we or the clock say so. */
export function isAtRest(view: ActivationView): boolean {
  return ['awaiting-commit', 'committed', 'restored', 'refused', 'down'].includes(view.phase);
}

/** The old files are back, and only a person can have the service read them. */
export function wantsHandBack({ phase, hand }: ActivationView): boolean {
  return phase === 'restoring' && hand === 'wanted-back';
}

export function describeView(view: ActivationView): string {
  return `the server says: ${view.phase}${view.why === undefined ? '' : ` (${view.why})`}`;
}
