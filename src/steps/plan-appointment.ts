// Chooses the restart window and writes the appointment down.

import {
  type Appointment,
  appointmentId,
  planAppointment,
  postponedTooOften,
  postponementsOf,
} from '../domain/appointment.ts';
import { Problem } from '../domain/problem.ts';
import { lastSafeAt } from '../domain/renewal.ts';
import { appointmentKey, changeItem, getItem, orderKey, serverKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

/**
 * `visit` is the appointment's number; one that is not the first follows one that was missed. Nothing that fits before the last safe date is
 * `window-too-late`, unless the policy says to restart then; another postponement than the policy allows `postponed-too-often`.
 */
export const planRestart = step('plan-appointment', async (input: StepInput, services: Needs) => {
  const { inventory, clock } = services;
  const { value: order } = await getItem(inventory, orderKey(input.partner, input.orderId));
  const id = appointmentId(order.id, input.visit);
  const key = appointmentKey(input.partner, id);
  const known = await inventory.find(key);
  const appointment = known?.value ?? (await propose());
  await changeItem(inventory, orderKey(input.partner, input.orderId), (now) => ({
    ...now,
    state: 'awaiting-window' as const,
    appointmentId: id,
  }));
  return done({ appointmentId: id }, `restart window ${appointment.opensAt} to ${appointment.closesAt}`);

  async function propose(): Promise<Appointment> {
    const { value: server } = await getItem(inventory, serverKey(input.partner, order.request.hostname));
    const postponements = await countPostponements();
    const tooOften = postponedTooOften(postponements, order.request.windowPolicy);
    if (tooOften !== undefined) throw new Problem('postponed-too-often', tooOften);
    const served = server.served?.trusted === true ? server.served : undefined;
    const lastSafe =
      served && lastSafeAt({ notBefore: new Date(served.notBefore), notAfter: new Date(served.notAfter) });
    const plan = planAppointment(order.request.windowPolicy, lastSafe, clock.now());
    if (plan.kind === 'nothing-fits') throw new Problem('window-too-late', `no restart window fits: ${plan.why}`);
    const proposed: Appointment = {
      id,
      partner: input.partner,
      orderId: order.id,
      hostname: order.request.hostname,
      number: input.visit,
      state: 'proposed',
      opensAt: plan.opening.opensAt.toISOString(),
      closesAt: plan.opening.closesAt.toISOString(),
      lastSafeAt: lastSafe?.toISOString(),
      noticeDeadlineAt: plan.noticeDeadlineAt.toISOString(),
      postponements,
      confirmation: order.request.windowPolicy.confirmation,
      runNow: false,
      ...(plan.isEmergency ? { emergency: true } : {}),
      sequence: 0,
    };
    const added = await inventory.add(key, proposed);
    return added === undefined ? (await getItem(inventory, key)).value : proposed;
  }

  async function countPostponements(): Promise<number> {
    if (input.visit === 1) return 0;
    const { value: missed } = await getItem(
      inventory,
      appointmentKey(input.partner, appointmentId(order.id, input.visit - 1)),
    );
    return postponementsOf(missed) + 1;
  }
});
