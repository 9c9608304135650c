// The one step that may lead to a restart: everything that allows it is read afresh here, and the baseline taken, before the server is told.

import { type Appointment, askAgainMs, callsHoldBack, reviewAppointment } from '../domain/appointment.ts';
import type { Order } from '../domain/order.ts';
import { problemCode } from '../domain/problem.ts';
import type { ActivationView, Appliance, ApplianceFacts } from '../ports/appliances.ts';
import type { Item } from '../ports/inventory.ts';
import { activateStandby } from './activate-standby.ts';
import { describeSighting } from './check-server.ts';
import { activationOf, describeView, isAtRest, stagedFingerprint, wantsHandBack } from './drive-activation.ts';
import { findHold } from './holds.ts';
import { type ServerNeeds, withServer } from './open-server.ts';
import { activationKey, appointmentKey, changeItem, getItem, orderKey } from './records.ts';
import { takeRestartSlot } from './restart-slots.ts';
import type { AppointmentInput } from './review-appointment.ts';
import { seeInside } from './see-inside.ts';
import type { Services } from './services.ts';
import { done, type Progress, step, waiting } from './step.ts';

type Needs = ServerNeeds & Pick<Services, 'log' | 'probes' | 'settings'>;

export interface NotNow {
  readonly kind: 'not-now';
  readonly why: string;
  readonly askAgainMs: number;
}

/** The files are exchanged, and a person has to restart InfinityOne; it is looked at again after this, or when somebody says it is done. */
export interface ByHand {
  readonly kind: 'by-hand';
  readonly askAgainMs: number;
}

/** The standby could not be given the new set; the node that carries the calls was not touched. */
export interface StandbyFailed {
  readonly kind: 'standby-failed';
  readonly why: string;
}

export type Activated = { readonly kind: 'begun' } | NotNow | ByHand | StandbyFailed;

const HAND_BACK_MS = 1_000;
const POLL_MS = [100, 200, 400, 800, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000];

export const activateCertificate = step(
  'activate-certificate',
  async (input: AppointmentInput, services: Needs): Promise<Progress<Activated>> => {
    const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
    return withServer(order, services, async (appliance) => {
      const refusal = await allow(input, order, appliance, services);
      if (refusal !== undefined) return done(refusal, refusal.why);
      if (order.request.standby !== undefined) {
        const standby = await activateStandby(input, order, services);
        if (standby.kind === 'at-work') return waiting(standby.why, HAND_BACK_MS);
        if (standby.kind === 'failed') return done({ kind: 'standby-failed', why: standby.why }, standby.why);
      }
      const activation = await activationOf(input, order, services);
      let seen: ActivationView | undefined;
      for (const pauseMs of POLL_MS) {
        seen = await appliance.activate(activation);
        if (isAtRest(seen) || wantsHandBack(seen)) return done({ kind: 'begun' }, describeView(seen));
        await services.clock.sleep(pauseMs);
      }
      // looked at for some seconds each time, so that a button pressed just now is seen
      if (seen?.phase === 'restarting' && seen.hand === 'wanted') return byHand(input, order, appliance, services);
      return waiting('the server is still at it', HAND_BACK_MS);
    });
  },
);

const BY_HAND = 'the files are exchanged; waits for somebody to restart InfinityOne by hand';

/** A hold that came after the exchange has the old files put back, as nobody has pressed yet: then the restart waits for another window. */
async function byHand(
  input: AppointmentInput,
  order: Order,
  appliance: Appliance,
  services: Needs,
): Promise<Progress<Activated>> {
  const held = await findHold(order, services);
  if (held !== undefined) {
    const view = await appliance.settle(input.appointmentId, 'restore');
    return waiting(`${describeView(view)}; activations are on hold: ${held}`, HAND_BACK_MS);
  }
  const { value: appointment } = await getItem(services.inventory, appointmentKey(input.partner, input.appointmentId));
  return done({ kind: 'by-hand', askAgainMs: askAgainMs(appointment) }, BY_HAND);
}

/**
 * Undefined = go on. What has begun on the server is followed, whatever the time: leaving it half done would be worse. Anything else needs
 * every permission anew, also an appointment marked `open` whose server was never told: then a late wake-up finds the window closed.
 * Opening is a conditional write on the appointment as it was read, so a person's cancel or move at the same moment wins or loses whole.
 */
async function allow(
  input: AppointmentInput,
  order: Order,
  appliance: Appliance,
  services: Needs,
): Promise<NotNow | undefined> {
  const item = await getItem(services.inventory, appointmentKey(input.partner, input.appointmentId));
  const facts = await appliance.inspect();
  if (facts.activation.activationId === input.appointmentId && facts.activation.phase !== 'none') return undefined;

  const unopened = reopenable(item.value);
  const refusal = await findRefusal(order, unopened, facts, appliance, services);
  if (refusal !== undefined) {
    await noteRefusal(item, unopened, refusal, services);
    return refusal;
  }
  try {
    await services.inventory.replace(item, { ...unopened, state: 'open' }, item.marks);
  } catch (error) {
    if (problemCode(error) !== 'item-changed') throw error;
    return notNow('somebody changed the appointment just now', 0);
  }
  await changeItem(services.inventory, orderKey(input.partner, input.orderId), (now) => ({
    ...now,
    state: 'activating' as const,
  }));
  return undefined;
}

/** What held the restart back stands on the appointment, so that a missed one can say why. Whoever changed it meanwhile is not in our way. */
async function noteRefusal(
  item: Item<Appointment>,
  unopened: Appointment,
  { why, askAgainMs: again }: NotNow,
  { inventory }: Needs,
): Promise<void> {
  const noted = again === 0 || unopened.why === why ? unopened : { ...unopened, why };
  if (noted === item.value) return;
  try {
    await inventory.replace(item, noted, item.marks);
  } catch (error) {
    if (problemCode(error) !== 'item-changed') throw error;
  }
}

async function findRefusal(
  order: Order,
  appointment: Appointment,
  facts: ApplianceFacts,
  appliance: Appliance,
  services: Needs,
): Promise<NotNow | undefined> {
  const calls = facts.activeCalls ?? 0;
  if (callsHoldBack(calls, appointment, order.request.windowPolicy, services.clock.now()))
    return notNow(`${calls} call(s) in progress`, askAgainMs(appointment));
  const endpoint = { name: order.request.hostname, port: order.request.sitePort };
  const inside = await seeInside(endpoint, appliance, services);
  if (inside.kind === 'unreachable')
    return notNow(
      `no baseline from inside: ${describeSighting(inside)}; nothing is restarted`,
      askAgainMs(appointment),
    );
  const outside = await services.probes.outside(endpoint);
  await services.inventory.add(activationKey(order.partner, order.id, appointment.id), {
    appointmentId: appointment.id,
    fingerprint: stagedFingerprint(order),
    insideBefore: inside.served.fingerprint,
    outsideBefore: outside.kind,
    startedAt: services.clock.now().toISOString(),
  });

  const held = await findHold(order, services);
  const review = reviewAppointment(appointment, held, services.clock.now());
  if (review.next !== 'activate') return notNow(`the appointment says ${review.next}`, 0);
  // a person restarts one after the other, and may take the whole window for it
  if (isByHand(order, services)) return undefined;
  const noSlot = await takeRestartSlot(appointment, services);
  return noSlot === undefined ? undefined : notNow(noSlot, askAgainMs(appointment));
}

function isByHand({ request }: Order, { settings }: Needs): boolean {
  const profile = settings.profiles[request.connectionProfile];
  return profile !== undefined && profile.commands.restart === undefined;
}

/** As it was before it was opened. */
function reopenable(appointment: Appointment): Appointment {
  if (appointment.state !== 'open') return appointment;
  return {
    ...appointment,
    state: appointment.confirmation !== 'nobody' || appointment.runNow ? 'confirmed' : 'announced',
  };
}

function notNow(why: string, askAgainMs: number): NotNow {
  return { kind: 'not-now', why, askAgainMs };
}
