// One restart agreed for one server: how it is planned, what people may do to it, and what the clock makes of it.

import { LIFETIMES_DAYS } from './policy-judgement.ts';
import { Problem } from './problem.ts';
import { endsBy } from './restart-plan.ts';
import {
  type Confirmation,
  earliestRestart,
  MAX_POSTPONEMENTS,
  MINIMUM_ROOM_MS,
  openingAt,
  openingsAfter,
  type WindowPolicy,
} from './restart-window.ts';

export type AppointmentState =
  | 'proposed' // written, nobody told yet
  | 'announced'
  | 'confirmed'
  | 'open' // the activation has begun
  | 'done'
  | 'rolled-back'
  | 'missed'
  | 'cancelled';

/** Who answers: a contact of the customer's, or our own people. */
export type Side = 'contact' | 'ops';

/** What a person has said to it, kept for whoever asks later who it was. */
export interface Answer {
  readonly act: 'confirm' | 'move' | 'cancel' | 'run-now' | 'done';
  readonly side: Side;
  /** The sequence that was answered. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
  /** The link it came by (`linkId`), which is used up by it. Absent = the API. */
  readonly link?: string | undefined;
}

export interface Appointment {
  readonly id: string;
  readonly partner: string;
  readonly orderId: string;
  readonly hostname: string;
  /** 1 for the first of its order, one more for each that follows a missed one. */
  readonly number: number;
  readonly state: AppointmentState;
  /** ISO 8601; the restart happens between the two. */
  readonly opensAt: string;
  readonly closesAt: string;
  /** Absent when nothing trusted is served: then nothing can expire. */
  readonly lastSafeAt?: string | undefined;
  /** By then somebody must have been told, or there is no restart. */
  readonly noticeDeadlineAt: string;
  readonly confirmation: Confirmation;
  /** How often the restart of this order was missed or moved before it came to this. Absent = it was missed `number` less one times. */
  readonly postponements?: number | undefined;
  /** How many restarts of this order were rolled back before it. Absent = none. */
  readonly rollBacks?: number | undefined;
  /** The appointment just before it was rolled back: people are told that it is tried again. Absent = no. */
  readonly triesAgain?: true | undefined;
  /** A person asked for the restart now: notice and confirmation are theirs. */
  readonly runNow: boolean;
  /** The order says that nobody uses the server yet: so `runNow`, without a person. Absent = no. */
  readonly unused?: true | undefined;
  /** No window was left before the last safe date, and the policy says to restart all the same, without confirmation. Absent = no. */
  readonly emergency?: true | undefined;
  /** No window was left, and the policy says to ask: only a person's yes brings the restart. Absent = no. */
  readonly asked?: true | undefined;
  /** Grows with each change people must hear of. */
  readonly sequence: number;
  /** The first delivery of the notice of this sequence, ISO 8601. */
  readonly toldAt?: string | undefined;
  /** What held the restart back last; of a missed one, why it was missed. */
  readonly why?: string | undefined;
  /** What people have said, oldest first. Absent = nothing. */
  readonly answers?: readonly Answer[] | undefined;
  /** Answers the waiting run; not for people. */
  readonly callbackId?: string | undefined;
}

/** A restart asked for now must begin within this. */
export const RUN_NOW_MS = 60 * 60_000;

/**
 * How long to wait inside a window before asking again whether what held us back (a hold, calls) is gone: about sixty times a window, because an
 * execution has 3,000 operations (Lambda quota) for all its windows.
 */
export function askAgainMs(appointment: Pick<Appointment, 'opensAt' | 'closesAt'>): number {
  const windowMs = new Date(appointment.closesAt).getTime() - new Date(appointment.opensAt).getTime();
  return Math.min(Math.max(windowMs / 60, 30_000), 5 * 60_000);
}

/**
 * Whether so many calls in progress keep the restart waiting. Where the policy says `restart`, they do so until another look would come too late for
 * the room a restart needs: then it is the last moment of the window, and the calls drop.
 */
export function callsHoldBack(
  calls: number,
  appointment: Pick<Appointment, 'opensAt' | 'closesAt'>,
  { maxActiveCalls, whenCallsPersist = 'postpone' }: Pick<WindowPolicy, 'maxActiveCalls' | 'whenCallsPersist'>,
  now: Date,
): boolean {
  if (calls <= maxActiveCalls) return false;
  if (whenCallsPersist === 'postpone') return true;
  const leftMs = new Date(appointment.closesAt).getTime() - now.getTime();
  return leftMs - MINIMUM_ROOM_MS > askAgainMs(appointment) + LAST_LOOK_MS;
}

/** A look at a server takes its time. */
const LAST_LOOK_MS = 60_000;

/** What is offered when a move is refused can still be asked for this long after. */
export const OFFERS_STAND_MS = 10 * 60_000;

/** A restart is not put off further than the shortest-lived certificate lives: what lies ready would be old before it is used. */
export const MAX_AHEAD_MS = Math.min(...LIFETIMES_DAYS) * 24 * 3_600_000;

export type Review =
  | { readonly next: 'tell' }
  | { readonly next: 'wait'; readonly until: Date }
  | { readonly next: 'activate' }
  | { readonly next: 'missed'; readonly why: string }
  | { readonly next: 'cancelled' }
  | { readonly next: 'nobody-told' };

/**
 * What is to be done about the appointment at this moment; read afresh on each wake, so that a late wake-up never restarts
 * outside a window. `held` is the reason of a hold that is on, if one is. One that is done or rolled back is an
 * `appointment-closed` problem: nothing may follow from it.
 */
export function reviewAppointment(appointment: Appointment, held: string | undefined, now: Date): Review {
  if (appointment.state === 'cancelled') return { next: 'cancelled' };
  if (appointment.state === 'open') return { next: 'activate' };
  if (appointment.state === 'missed') return { next: 'missed', why: missedBecause(appointment, held) };
  if (appointment.state === 'done' || appointment.state === 'rolled-back') throw closed(appointment);
  const opensAt = new Date(appointment.opensAt);
  const closesAt = new Date(appointment.closesAt);
  if (now >= closesAt) return { next: 'missed', why: missedBecause(appointment, held) };
  if (appointment.toldAt === undefined) {
    if (appointment.runNow || now <= new Date(appointment.noticeDeadlineAt)) return { next: 'tell' };
    return { next: 'nobody-told' };
  }
  if (!appointment.runNow && new Date(appointment.toldAt) > new Date(appointment.noticeDeadlineAt))
    return { next: 'nobody-told' };
  if (now < opensAt) return { next: 'wait', until: opensAt };
  if (isUnconfirmed(appointment)) return { next: 'wait', until: closesAt };
  if (held !== undefined) {
    return { next: 'wait', until: new Date(Math.min(closesAt.getTime(), now.getTime() + askAgainMs(appointment))) };
  }
  if (closesAt.getTime() - now.getTime() < MINIMUM_ROOM_MS) {
    return {
      next: 'missed',
      why: appointment.why ?? `less than ${MINIMUM_ROOM_MS / 60_000} minutes of the window were left`,
    };
  }
  return { next: 'activate' };
}

/** The changes people make; each answers a new appointment with the next sequence or the same one when there is nothing to do. */
export function confirmAppointment(appointment: Appointment, side: Side): Appointment {
  if (appointment.state === 'confirmed') return appointment;
  assertChangeable(appointment);
  assertTheirs(appointment, side);
  return { ...appointment, state: 'confirmed' };
}

/** Somebody says that InfinityOne has been restarted by hand: it is looked at again at once, and only what is served counts. */
export function handPressed(appointment: Appointment, now: Date): Appointment {
  if (appointment.state !== 'open') throw closed(appointment);
  const said = (appointment.answers ?? []).filter(({ act }) => act === 'done');
  const isFresh = said.some(({ at }) => now.getTime() - new Date(at).getTime() < SAID_AGAIN_MS);
  return isFresh || said.length >= MOST_SAID ? appointment : { ...appointment };
}

/** Said again within this it changes nothing; so often it is believed enough to look at once, then the looks at intervals must do. */
const SAID_AGAIN_MS = 10_000;
const MOST_SAID = 20;

export function cancelAppointment(appointment: Appointment): Appointment {
  if (appointment.state === 'cancelled') return appointment;
  assertChangeable(appointment);
  return { ...appointment, state: 'cancelled', sequence: appointment.sequence + 1, toldAt: undefined };
}

/**
 * `opensAt` must lie in a window of the policy, leave the notice, and not pass the last safe date. Refusals offer moments that fit. Each move
 * is a postponement, wherever it goes: it is a new notice to everyone, and another wait of the execution. More than the policy allows are
 * `postponed-too-often`.
 */
export function moveAppointment(appointment: Appointment, policy: WindowPolicy, opensAt: Date, now: Date): Appointment {
  assertChangeable(appointment);
  if (opensAt.toISOString() === appointment.opensAt && !appointment.runNow) return appointment;
  const tooOften = postponedTooOften(postponementsOf(appointment) + 1, policy);
  if (tooOften !== undefined) throw new Problem('postponed-too-often', tooOften);
  const noticeMs = policy.minimumNoticeSeconds * 1000;
  const opening = openingAt(policy, opensAt);
  const refuse = (why: string) => {
    const offers = offersFor(appointment, policy, now);
    const fitting = offers.length === 0 ? 'no other moment fits either' : `these fit: ${offers.join(', ')}`;
    return new Problem('window-too-late', `opensAt ${opensAt.toISOString()} ${why}; ${fitting}`, { field: 'opensAt' });
  };
  if (opening === undefined) throw refuse('lies in no restart window of this server');
  if (opensAt < earliestRestart(policy, now)) {
    throw refuse(`leaves less than the notice of ${policy.minimumNoticeSeconds} seconds and the time to tell people`);
  }
  if (opening.closesAt.getTime() - opensAt.getTime() < MINIMUM_ROOM_MS)
    throw refuse('is too near the end of its window');
  const tooLate = tooLateBecause(appointment, opensAt, now);
  const lastSafe = appointment.lastSafeAt === undefined ? undefined : new Date(appointment.lastSafeAt);
  if (tooLate !== undefined) throw refuse(tooLate);
  return {
    ...appointment,
    state: 'proposed',
    opensAt: opensAt.toISOString(),
    closesAt: endsBy(opening.closesAt, lastSafe).toISOString(),
    noticeDeadlineAt: new Date(opensAt.getTime() - noticeMs).toISOString(),
    postponements: postponementsOf(appointment) + 1,
    runNow: false,
    unused: undefined,
    emergency: undefined,
    asked: undefined,
    sequence: appointment.sequence + 1,
    toldAt: undefined,
  };
}

export function postponementsOf({ postponements, number }: Pick<Appointment, 'postponements' | 'number'>): number {
  return postponements ?? number - 1;
}

/** Why a restart may not be put off for that many times, if it may not. */
export function postponedTooOften(times: number, policy: WindowPolicy): string | undefined {
  const most = policy.maxPostponements ?? MAX_POSTPONEMENTS;
  return times <= most
    ? undefined
    : `the policy allows ${most} postponement(s) of a restart, missed or moved, and this would be number ${times}`;
}

const OFFERS = 3;

/** Moments it may be moved to, ISO 8601: whole minutes, to be read and typed by people; the first leaves time to do that. */
export function offersFor(
  appointment: Appointment,
  policy: WindowPolicy,
  now: Date,
  most: number = OFFERS,
): readonly string[] {
  const from = earliestRestart(policy, now).getTime() + OFFERS_STAND_MS;
  return openingsAfter(policy, new Date(Math.ceil(from / 60_000) * 60_000), most)
    .filter(({ opensAt }) => tooLateBecause(appointment, opensAt, now) === undefined)
    .map(({ opensAt }) => opensAt.toISOString());
}

function tooLateBecause({ lastSafeAt }: Appointment, opensAt: Date, now: Date): string | undefined {
  if (lastSafeAt !== undefined && opensAt.getTime() + MINIMUM_ROOM_MS > new Date(lastSafeAt).getTime())
    return `is after the last safe date ${lastSafeAt}`;
  if (opensAt.getTime() > now.getTime() + MAX_AHEAD_MS)
    return `is more than ${MAX_AHEAD_MS / (24 * 3_600_000)} days ahead, which is how long a certificate may live`;
  return undefined;
}

/**
 * Notice and confirmation fall away, because a person who may do so asked for it; everything else still holds. Asked again while it is
 * under way or when it has been done, it stays as it is.
 */
export function runAppointmentNow(appointment: Appointment, side: Side, now: Date): Appointment {
  if (appointment.runNow && !['missed', 'rolled-back', 'cancelled'].includes(appointment.state)) return appointment;
  assertChangeable(appointment);
  assertTheirs(appointment, side);
  return {
    ...appointment,
    state: 'confirmed',
    opensAt: now.toISOString(),
    closesAt: new Date(now.getTime() + RUN_NOW_MS).toISOString(),
    noticeDeadlineAt: now.toISOString(),
    runNow: true,
    sequence: appointment.sequence + 1,
    toldAt: undefined,
  };
}

/** A certificate that was rolled back is tried once more; what happens twice is no accident. */
export const MAX_ROLL_BACKS = 1;

/** What an appointment passes on to the one that follows it. One that is neither missed nor rolled back was cut off before that was kept. */
export function followUp(before: Appointment): Pick<Appointment, 'postponements' | 'rollBacks' | 'triesAgain'> {
  const wasRolledBack = before.state !== 'missed';
  const rollBacks = (before.rollBacks ?? 0) + (wasRolledBack ? 1 : 0);
  return {
    postponements: postponementsOf(before) + 1,
    ...(rollBacks === 0 ? {} : { rollBacks }),
    ...(wasRolledBack ? { triesAgain: true } : {}),
  };
}

export function appointmentId(orderId: string, number: number): string {
  return `${orderId}-a${number}`;
}

/** Where our own people must say yes, a contact cannot do so for them; where a contact must, our people may, as when he says it on the phone. */
function assertTheirs({ id, confirmation }: Appointment, side: Side): void {
  if (confirmation === 'ops' && side !== 'ops')
    throw new Problem('confirmation-not-yours', `appointment "${id}" is confirmed by E-MetroTel alone`);
}

function assertChangeable(appointment: Appointment): void {
  if (!isAhead(appointment)) throw closed(appointment);
}

/** Whether the restart is still to come: it has not begun, and is not over in any way. */
export function isAhead({ state }: Pick<Appointment, 'state'>): boolean {
  return state === 'proposed' || state === 'announced' || state === 'confirmed';
}

function closed({ id, state }: Appointment): Problem {
  return new Problem('appointment-closed', `appointment "${id}" is ${state} and can no longer be changed`);
}

/** Whether somebody has to say yes: because the policy wants it, or because it is asked for outside of windows. */
export function needsYes({
  confirmation,
  emergency,
  asked,
}: Pick<Appointment, 'confirmation' | 'emergency' | 'asked'>): boolean {
  return asked === true || (confirmation !== 'nobody' && emergency !== true);
}

function isUnconfirmed(appointment: Appointment): boolean {
  return needsYes(appointment) && appointment.state !== 'confirmed';
}

function missedBecause(appointment: Appointment, held: string | undefined): string {
  if (appointment.state === 'missed' && appointment.why !== undefined) return appointment.why;
  if (held !== undefined) return `activations are on hold: ${held}`;
  if (isUnconfirmed(appointment)) return 'nobody confirmed it before the window closed';
  return 'the window had closed when the service came to it';
}
