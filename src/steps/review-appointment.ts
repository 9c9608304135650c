// Reads clock, appointment and hold afresh, and says what is to be done now.

import { type Appointment, type Review, reviewAppointment } from '../domain/appointment.ts';
import { planReminder, type Reminded } from '../domain/reminders.ts';
import { findHold } from './holds.ts';
import { appointmentKey, changeItem, getItem, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

export interface AppointmentInput extends StepInput {
  readonly appointmentId: string;
}

export interface Reviewed {
  /** `remind` while there is nothing else to do than to wait for the window. */
  readonly next: Exclude<Review['next'], 'nobody-told'> | 'remind';
  readonly waitMs: number;
  readonly why: string | undefined;
  /** The notice that is due with `tell`. */
  readonly notice:
    | 'restart-announced'
    | 'restart-moved'
    | 'restart-now'
    | 'restart-missed'
    | 'restart-again'
    | 'restart-asked';
  /** What was read; the answer to a callback registered on an older one would be lost. */
  readonly version: number;
  /** The reminder that is due with `remind`; whoever has sent it, or could not, says so at the next look. */
  readonly reminder?: Reminded | undefined;
}

export interface ReviewInput extends AppointmentInput {
  /** The last reminder of this run. Absent = none. */
  readonly reminded?: Reminded | undefined;
}

/**
 * A missed appointment is written down as missed; a nudge somebody gave is taken off the shelf. One whose notice came too late (we were
 * down, or slow) is missed too: the next one leaves the notice anew. Whom no mail reaches at all stops the order in `send-notice`.
 */
export const reviewRestart = step('review-appointment', async (input: ReviewInput, services: Needs) => {
  const { inventory, clock } = services;
  const key = appointmentKey(input.partner, input.appointmentId);
  const { value: order } = await getItem(inventory, orderKey(input.partner, input.orderId));
  const held = await findHold(order, services);
  const now = clock.now();
  const reviewNow = (appointment: Appointment) => lateIsMissed(reviewAppointment(appointment, held, now));
  await changeItem(
    inventory,
    key,
    (appointment) => {
      const review = reviewNow(appointment);
      return review.next === 'missed' ? { ...appointment, state: 'missed' as const, why: review.why } : appointment;
    },
    () => ({}),
  );
  const { value: appointment, version } = await getItem(inventory, key);
  const review =
    appointment.state === 'missed'
      ? ({ next: 'missed', why: appointment.why ?? 'missed' } as const)
      : reviewNow(appointment);
  const isAhead = review.next === 'wait' && now < new Date(appointment.opensAt);
  const { due, nextAt } = isAhead ? planReminder(appointment, input.reminded, now) : {};
  const value: Reviewed = {
    next: due === undefined ? review.next : 'remind',
    waitMs:
      review.next === 'wait'
        ? Math.min(review.until.getTime(), nextAt?.getTime() ?? Number.POSITIVE_INFINITY) - now.getTime()
        : 0,
    ...(due === undefined ? {} : { reminder: { sequence: appointment.sequence, number: due } }),
    why: review.next === 'missed' ? review.why : undefined,
    notice: appointment.runNow
      ? 'restart-now'
      : appointment.asked
        ? 'restart-asked'
        : appointment.sequence > 0
          ? 'restart-moved'
          : appointment.number > 1
            ? appointment.triesAgain
              ? 'restart-again'
              : 'restart-missed'
            : 'restart-announced',
    version,
  };
  return done(value, `${appointment.state}: ${value.next}`);
});

type Timely = Exclude<Review, { readonly next: 'nobody-told' }>;

function lateIsMissed(review: Review): Timely {
  if (review.next !== 'nobody-told') return review;
  return { next: 'missed', why: 'people could not be told before the notice had to begin' };
}

/** Writes down who wakes the run; answers false when the appointment has changed since it was reviewed. */
export const awaitAppointment = step(
  'await-appointment',
  async (input: AppointmentInput & { readonly callbackId: string; readonly version: number }, { inventory }: Needs) => {
    const item = await getItem(inventory, appointmentKey(input.partner, input.appointmentId));
    if (item.value.callbackId === input.callbackId)
      return done({ registered: true }, 'waits for the window or for a person');
    if (item.version !== input.version)
      return done({ registered: false }, 'the appointment has changed; it is looked at again');
    await inventory.replace(item, { ...item.value, callbackId: input.callbackId }, item.marks);
    return done({ registered: true }, 'waits for the window or for a person');
  },
);
