// One restart, agreed on: announced, waited for, moved or cancelled by people, kept inside its window or made anew.

import { CallbackTimeoutError, type DurableContext, defaultSerdes } from '@aws/durable-execution-sdk-js';
import type { AppointmentState } from '../domain/appointment.ts';
import type { OrderProblem } from '../domain/order.ts';
import type { Reminded } from '../domain/reminders.ts';
import type { Settled } from '../steps/settle-activation.ts';
import { type Called, callStep } from './call-step.ts';
import type { FulfilInput } from './fulfil-order.ts';

export type Kept =
  | { readonly kind: 'done' | 'cancelled' }
  | {
      readonly kind: 'needs-attention';
      readonly problem: OrderProblem;
      readonly appointment?: { readonly id: string; readonly state: 'done' | 'missed' | 'rolled-back' };
    };

/** Until mails are out, or the notice cannot be kept any more. */
const TELLING = { forSeconds: 3600 };

/** A reminder is worth less than the restart: what cannot be sent in this time is left out. */
const REMINDING = { forSeconds: 300 };

/** The proof of an activation: the server decides by itself within minutes; then we still want to see it. */
const PROVING = { forSeconds: 6 * 3600 };

/** One appointment after the other, until one is kept or the policy allows no further one: `plan-appointment` counts. */
export async function keepAppointment(
  { changesAddress, ...input }: FulfilInput & { readonly changesAddress: boolean },
  ctx: DurableContext,
): Promise<Kept> {
  let whyMissed: string | undefined;
  let rolledBack: RolledBack | undefined;
  for (let number = 1; ; number += 1) {
    const planned = await callStep(ctx, 'plan-appointment', { ...input, visit: number });
    if (!planned.ok) return rolledBack === undefined ? stopped(planned.problem) : givenUp(rolledBack, planned.problem);
    const { appointmentId } = planned.value;
    const waited = await waitForWindow({ ...input, appointmentId, why: whyMissed }, number, ctx);
    if (waited.kind === 'cancelled') return cancelled({ ...input, appointmentId }, number, ctx);
    if (waited.kind === 'stopped')
      return { ...stopped(waited.problem), appointment: { id: appointmentId, state: 'missed' } };
    rolledBack = undefined;
    if (waited.kind === 'missed') whyMissed = waited.why;
    if (waited.kind !== 'begun') continue;
    const proven = changesAddress
      ? await proveAtAddress({ ...input, appointmentId }, number, ctx)
      : await prove({ ...input, appointmentId }, number, ctx);
    if (proven.kind !== 'put-back') return proven;
    whyMissed = proven.why;
    rolledBack = proven.wasRestarted ? { appointmentId, why: proven.why } : undefined;
  }
}

/** The old set is served again, after a restart or before any. */
interface PutBack {
  readonly kind: 'put-back';
  readonly wasRestarted: boolean;
  readonly why: string | undefined;
}

interface RolledBack {
  readonly appointmentId: string;
  readonly why: string | undefined;
}

/** What was rolled back is not tried again: it happened twice, or no further window may be had. */
function givenUp({ appointmentId, why }: RolledBack, { message }: OrderProblem): Kept {
  const said = why ?? 'the server says rolled-back';
  return {
    kind: 'needs-attention',
    problem: { code: 'activation-rolled-back', message: `${said}; ${message}`, step: 'activate-certificate' },
    appointment: { id: appointmentId, state: 'rolled-back' },
  };
}

type Waited =
  | { readonly kind: 'begun' | 'cancelled' }
  | { readonly kind: 'missed'; readonly why: string | undefined }
  | { readonly kind: 'stopped'; readonly problem: OrderProblem };

type AppointmentRun = FulfilInput & { readonly appointmentId: string };

/** Looks, does what is due, looks again. Each look reads everything afresh; the callback only ends a wait early. */
async function waitForWindow(
  { why: whyMissed, ...run }: AppointmentRun & { readonly why: string | undefined },
  number: number,
  ctx: DurableContext,
): Promise<Waited> {
  let reminded: Reminded | undefined;
  let isAsked = false;
  for (let look = 1; ; look += 1) {
    const visit = number * 1000 + look;
    const reviewed = await callStep(ctx, 'review-appointment', { ...run, visit, ...(reminded && { reminded }) });
    if (!reviewed.ok) return { kind: 'stopped', problem: reviewed.problem };
    const { next, waitMs, notice, version, why, reminder } = reviewed.value;
    if (next === 'cancelled') return { kind: next };
    if (next === 'missed') return { kind: next, why };
    if (next === 'tell') {
      const told = await callStep(
        ctx,
        'send-notice',
        { ...run, visit, notice, ...(whyMissed === undefined ? {} : { why: whyMissed }) },
        TELLING,
      );
      if (!told.ok) return { kind: 'stopped', problem: { ...told.problem, code: 'nobody-told' } };
    }
    if (next === 'remind' && reminder !== undefined) {
      await callStep(ctx, 'send-notice', { ...run, visit, notice: 'restart-reminder', ...reminder }, REMINDING);
      reminded = reminder;
    }
    if (next === 'wait') await waitOrWake(run, visit, version, Math.ceil(waitMs / 1000), ctx);
    if (next === 'activate') {
      const activated = await callStep(ctx, 'activate-certificate', { ...run, visit }, PROVING);
      if (!activated.ok) return { kind: 'stopped', problem: activated.problem };
      if (activated.value.kind === 'begun') return { kind: 'begun' };
      if (activated.value.kind === 'standby-failed') {
        const problem = { code: 'standby-failed', message: activated.value.why, step: 'activate-certificate' };
        return { kind: 'stopped', problem };
      }
      if (activated.value.kind === 'by-hand') {
        if (!isAsked) {
          const asked = await callStep(ctx, 'send-notice', { ...run, visit, notice: 'restart-by-hand' }, REMINDING);
          isAsked = asked.ok;
        }
        await waitOrWake(run, visit, version, Math.ceil(activated.value.askAgainMs / 1000), ctx);
        continue;
      }
      await ctx.wait(`ask again ${visit}`, { seconds: Math.max(1, Math.ceil(activated.value.askAgainMs / 1000)) });
    }
  }
}

/** Visits of the notices that follow an appointment; its looks are counted from 1 and stay below. */
function visitAfter(number: number, nth: number): number {
  return number * 1000 + 900 + nth;
}

/** A time-out means that the window has opened; an answer, that somebody changed the appointment. Both lead to another look. */
async function waitOrWake(
  run: AppointmentRun,
  visit: number,
  version: number,
  seconds: number,
  ctx: DurableContext,
): Promise<void> {
  const timeout = { seconds: Math.max(1, seconds) };
  const [answer, callbackId] = await ctx.createCallback<unknown>(`window ${visit}`, { timeout, serdes: defaultSerdes });
  const waits = await callStep(ctx, 'await-appointment', { ...run, visit, callbackId, version });
  if (!waits.ok || !waits.value.registered) return;
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof CallbackTimeoutError)) throw error;
  }
}

/** The name moves with the restart: there before the proof, which phones' way to the server is part of, and back with whatever is not served. */
async function proveAtAddress(run: AppointmentRun, number: number, ctx: DurableContext): Promise<Kept | PutBack> {
  const there = await callStep(ctx, 'change-address', { ...run, visit: number * 10, direction: 'there' });
  const proven = await prove(run, number, ctx);
  if (proven.kind !== 'done')
    await callStep(ctx, 'change-address', { ...run, visit: number * 10 + 1, direction: 'back' });
  else if (!there.ok) {
    const notice = { notice: 'look-outside', why: there.problem.message } as const;
    await callStep(ctx, 'send-notice', { ...run, visit: visitAfter(number, 7), ...notice }, TELLING);
  }
  return proven;
}

/** Without a command to restart, a roll-back after the press needs another press: so often it is looked for, a minute apart, then five. */
const HAND_BACK_LOOKS = 90;

/** A person who was asked to press once more is waited for: what is served says when it has happened. */
async function settle(run: AppointmentRun, number: number, ctx: DurableContext): Promise<Called<Settled>> {
  let isAsked = false;
  for (let look = 1; ; look += 1) {
    const visit = look === 1 ? number : number * 1000 + look;
    const settled = await callStep(ctx, 'settle-activation', { ...run, visit }, PROVING);
    if (!settled.ok || settled.value.outcome !== 'by-hand-back' || look === HAND_BACK_LOOKS) return settled;
    if (!isAsked) {
      const { why } = settled.value;
      const notice = { ...run, visit: visitAfter(number, 8), notice: 'restart-back-by-hand' as const };
      isAsked = (await callStep(ctx, 'send-notice', { ...notice, ...(why && { why }) }, REMINDING)).ok;
    }
    await ctx.wait(`pressed again ${visit}`, { seconds: look < 30 ? 60 : 300 });
  }
}

async function prove(run: AppointmentRun, number: number, ctx: DurableContext): Promise<Kept | PutBack> {
  const settled = await settle(run, number, ctx);
  if (!settled.ok) return stopped(settled.problem);
  const { outcome, tellOps, tellWeb, why } = settled.value;
  if (outcome === 'undone') return { kind: 'put-back', wasRestarted: false, why };
  if (outcome === 'rolled-back') {
    await tellRolledBack(run, number, why, ctx);
    return { kind: 'put-back', wasRestarted: true, why };
  }
  if (outcome !== 'served') return failed(run, { outcome, why });
  const kept = await callStep(ctx, 'keep-certificate', { ...run, visit: number });
  if (!kept.ok) return { ...stopped(kept.problem), appointment: { id: run.appointmentId, state: 'done' } };
  await close(run, number, { state: 'done', appointment: 'done' }, ctx);
  await callStep(ctx, 'send-notice', { ...run, visit: visitAfter(number, 1), notice: 'certificate-served' }, TELLING);
  if (tellOps !== undefined) {
    await callStep(
      ctx,
      'send-notice',
      { ...run, visit: visitAfter(number, 2), notice: 'look-outside', why: why ?? tellOps },
      TELLING,
    );
  }
  if (tellWeb !== undefined) {
    const notice = { notice: 'look-at-web', why: tellWeb } as const;
    await callStep(ctx, 'send-notice', { ...run, visit: visitAfter(number, 6), ...notice }, TELLING);
  }
  return { kind: 'done' };
}

async function tellRolledBack(
  run: AppointmentRun,
  number: number,
  why: string | undefined,
  ctx: DurableContext,
): Promise<void> {
  const notice = { ...run, visit: visitAfter(number, 3), notice: 'rolled-back' as const };
  await callStep(ctx, 'send-notice', { ...notice, ...(why === undefined ? {} : { why }) }, TELLING);
}

const FAILURES = {
  refused: { code: 'activation-refused', says: [] },
  down: { code: 'service-down', says: [] },
  'by-hand-back': {
    code: 'activation-rolled-back',
    says: ['the old files are back, and nobody has restarted InfinityOne on them yet'],
  },
} as const;

/** Nothing was begun, or the service is down: a person must look before anything else is done to the server. */
function failed(
  run: AppointmentRun,
  { outcome, why }: { readonly outcome: keyof typeof FAILURES; readonly why: string | undefined },
): Kept {
  const { code, says } = FAILURES[outcome];
  const message = [why ?? `the server says ${outcome}`, ...says].join('; ');
  return {
    kind: 'needs-attention',
    problem: { code, message, step: 'activate-certificate' },
    appointment: { id: run.appointmentId, state: outcome === 'refused' ? 'missed' : 'rolled-back' },
  };
}

async function cancelled(run: AppointmentRun, number: number, ctx: DurableContext): Promise<Kept> {
  await callStep(ctx, 'send-notice', { ...run, visit: visitAfter(number, 4), notice: 'restart-cancelled' }, TELLING);
  await close(run, number, { state: 'cancelled', appointment: 'cancelled' }, ctx);
  return { kind: 'cancelled' };
}

async function close(
  run: AppointmentRun,
  visit: number,
  end: { readonly state: 'done' | 'cancelled'; readonly appointment: AppointmentState },
  ctx: DurableContext,
): Promise<void> {
  const appointment = { id: run.appointmentId, state: end.appointment };
  const { partner, orderId } = run;
  await callStep(ctx, 'close-order', { partner, orderId, visit, state: end.state, appointment });
}

function stopped(problem: OrderProblem): { readonly kind: 'needs-attention'; readonly problem: OrderProblem } {
  return { kind: 'needs-attention', problem };
}
