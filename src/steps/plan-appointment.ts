// Chooses the restart window and writes the appointment down.

import { type Appointment, appointmentId, followUp, MAX_ROLL_BACKS, postponedTooOften } from '../domain/appointment.ts';
import type { Order } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { lastSafeAt } from '../domain/renewal.ts';
import { planAppointment, planAsked, planUnused } from '../domain/restart-plan.ts';
import type { Server } from '../domain/server.ts';
import { appointmentKey, changeItem, getItem, orderKey, serverKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

/**
 * `visit` is the appointment's number; one that is not the first follows one that was missed or rolled back. Nothing that fits before the last safe date is
 * `window-too-late`, unless the policy says to restart then; another postponement than the policy allows `postponed-too-often`, a second
 * roll-back `activation-rolled-back`.
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
    const follows = await findFollowUp();
    if ((follows.rollBacks ?? 0) > MAX_ROLL_BACKS)
      throw new Problem('activation-rolled-back', `the new certificate was rolled back ${follows.rollBacks} times`);
    const tooOften = postponedTooOften(follows.postponements ?? 0, order.request.windowPolicy);
    if (tooOften !== undefined) throw new Problem('postponed-too-often', tooOften);
    const served = server.served?.trusted === true ? server.served : undefined;
    const lastSafe =
      served && lastSafeAt({ notBefore: new Date(served.notBefore), notAfter: new Date(served.notAfter) });
    const isUnused = input.visit === 1 && isUnusedServer(order, server);
    const { windowPolicy } = order.request;
    const planned = isUnused ? planUnused(clock.now()) : planAppointment(windowPolicy, lastSafe, clock.now());
    // asked once: nobody who did not answer is asked again and again
    const asked =
      planned.kind === 'nothing-fits' && lastSafe !== undefined && (await wasNotAsked())
        ? planAsked(windowPolicy, lastSafe, clock.now())
        : undefined;
    const plan = asked === undefined ? planned : { kind: 'planned' as const, ...asked, isEmergency: true };
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
      ...follows,
      confirmation: isUnused ? 'nobody' : order.request.windowPolicy.confirmation,
      runNow: isUnused,
      ...(isUnused ? { unused: true } : {}),
      ...(plan.isEmergency ? { emergency: true } : {}),
      ...(asked === undefined ? {} : { asked: true }),
      sequence: 0,
    };
    const added = await inventory.add(key, proposed);
    return added === undefined ? (await getItem(inventory, key)).value : proposed;
  }

  async function wasNotAsked(): Promise<boolean> {
    if (input.visit === 1) return true;
    const before = appointmentKey(input.partner, appointmentId(order.id, input.visit - 1));
    return (await getItem(inventory, before)).value.asked !== true;
  }

  async function findFollowUp(): Promise<ReturnType<typeof followUp>> {
    if (input.visit === 1) return { postponements: 0 };
    const before = appointmentKey(input.partner, appointmentId(order.id, input.visit - 1));
    return followUp((await getItem(inventory, before)).value);
  }
});

/** The order says so, and nothing speaks against it: phones would trust what an endpoint in use serves. A renewal is of a server in use. */
function isUnusedServer({ request, reason }: Order, server: Server): boolean {
  return request.inService === false && reason !== 'renew' && server.served?.trusted !== true;
}
