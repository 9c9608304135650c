// What people do to an appointment: the change is kept first, then the waiting run is woken.

import {
  type Appointment,
  cancelAppointment,
  confirmAppointment,
  handPressed,
  moveAppointment,
  runAppointmentNow,
  type Side,
} from '../domain/appointment.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import type { Item } from '../ports/inventory.ts';
import { appointmentKey, getItem, orderKey } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'clock' | 'log'>;

export type AppointmentCommand = (
  | { readonly act: 'confirm' }
  | { readonly act: 'cancel' }
  | { readonly act: 'run-now' }
  | { readonly act: 'done' }
  | { readonly act: 'move'; readonly opensAt: Date }
) & {
  /** @default - a contact, over the API */
  readonly by?: Answerer;
};

/** Who gives the command, and by which link if it was one. */
export interface Answerer {
  readonly side: Side;
  /** Bound to the change of the appointment that was told with it, and used once. */
  readonly link?: { readonly id: string; readonly sequence: number } | undefined;
}

/** Shelf of appointments whose run has not looked at the last change yet. */
export const NUDGE_SHELF = 'NUDGE';

/**
 * The inventory is the truth; the wake-up only makes the run look sooner. A run that is not waiting just now finds the change when it looks
 * next, and the sweep wakes again what was not looked at. Problems: `not-found`, `appointment-closed`, `appointment-changed` (somebody else was faster:
 * look, and try again), `confirmation-not-yours`, `link-used`, `link-outdated`, those of `moveAppointment`. A command that changes nothing uses no link up.
 */
export async function changeAppointment(
  partner: string,
  id: string,
  command: AppointmentCommand,
  services: Needs,
): Promise<Appointment> {
  const { inventory, clock } = services;
  const now = clock.now();
  let seen: Item<Appointment> | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const item = await inventory.find(appointmentKey(partner, id));
    if (item === undefined) throw new Problem('not-found', `no appointment ${quoted(id)}`);
    if (seen !== undefined && !looksTheSame(seen.value, item.value)) break;
    seen = item;
    const { value: order } = await getItem(inventory, orderKey(partner, item.value.orderId));
    const changed = apply(item.value, command, order.request.windowPolicy, now);
    if (changed === item.value) return changed;
    const isKept = await keepChange(item, changed, now, services);
    if (!isKept) continue;
    await nudge(changed, services);
    return changed;
  }
  throw new Problem('appointment-changed', `appointment "${id}" changed just now; look at it and try again`);
}

/** The run notes its callback and who was told at any moment; that is no change a person would want to look at first. */
const ATTEMPTS = 5;

function looksTheSame(one: Appointment, other: Appointment): boolean {
  return one.sequence === other.sequence && one.opensAt === other.opensAt && awaitsPeople(one) === awaitsPeople(other);
}

function awaitsPeople({ state }: Appointment): boolean {
  return state === 'proposed' || state === 'announced';
}

async function keepChange(
  item: Item<Appointment>,
  changed: Appointment,
  now: Date,
  { inventory }: Needs,
): Promise<boolean> {
  try {
    await inventory.replace(item, changed, { ...item.marks, due: { shelf: NUDGE_SHELF, at: now } });
    return true;
  } catch (error) {
    if (problemCode(error) !== 'item-changed') throw error;
    return false;
  }
}

/** Wakes the run that waits on the appointment, if one does. What was changed stays changed when it cannot be woken: the sweep tries again. */
export async function nudge(
  appointment: Appointment,
  { executions, log }: Pick<Services, 'executions' | 'log'>,
): Promise<void> {
  if (appointment.callbackId === undefined) return;
  const fields = { appointmentId: appointment.id, sequence: appointment.sequence };
  try {
    const woken = await executions.wake(appointment.callbackId, { look: 'again' });
    log.info('appointment changed', { ...fields, woken });
  } catch (error) {
    log.warn('appointment changed, its run could not be woken', { ...fields, error: String(error) });
  }
}

function assertLinkGood({ id, sequence, answers = [] }: Appointment, link: Answerer['link']): void {
  if (link === undefined) return;
  if (answers.some((answer) => answer.link === link.id))
    throw new Problem('link-used', `this link to appointment "${id}" has been used; each is good for one answer`);
  if (link.sequence !== sequence)
    throw new Problem(
      'link-outdated',
      `appointment "${id}" was changed after this link was sent; use that of the latest mail`,
    );
}

function apply(
  appointment: Appointment,
  command: AppointmentCommand,
  policy: Parameters<typeof moveAppointment>[1],
  now: Date,
): Appointment {
  const { side, link } = command.by ?? { side: 'contact' };
  assertLinkGood(appointment, link);
  const changed = changedBy(appointment, command, { policy, side, now });
  if (changed === appointment) return appointment;
  const { act } = command;
  // pressing too early must not use the link up
  const usedUp = act === 'done' ? undefined : link?.id;
  const answer = { act, side, sequence: appointment.sequence, at: now.toISOString(), link: usedUp };
  return { ...changed, answers: [...(appointment.answers ?? []), answer] };
}

interface Asked {
  readonly policy: Parameters<typeof moveAppointment>[1];
  readonly side: Side;
  readonly now: Date;
}

function changedBy(appointment: Appointment, command: AppointmentCommand, { policy, side, now }: Asked): Appointment {
  switch (command.act) {
    case 'confirm':
      return confirmAppointment(appointment, side);
    case 'cancel':
      return cancelAppointment(appointment);
    case 'done':
      return handPressed(appointment, now);
    case 'run-now':
      return runAppointmentNow(appointment, side, now);
    case 'move':
      return moveAppointment(appointment, policy, command.opensAt, now);
  }
}
