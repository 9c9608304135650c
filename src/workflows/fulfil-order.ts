// The life of an order: obtain, stage, agree on a restart window, activate, prove.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import type { OrderProblem, OrderState } from '../domain/order.ts';
import { awaitRecords } from './await-records.ts';
import { A_DAY, callStep } from './call-step.ts';
import { keepAppointment } from './keep-appointment.ts';
import { serveWebFirst } from './serve-web-first.ts';

export interface FulfilInput {
  readonly partner: string;
  readonly orderId: string;
}

export interface Outcome {
  readonly state: OrderState;
  readonly problem?: OrderProblem;
}

/** How often a new acmeOrder is placed when the authority has forgotten or ended the one before. */
const ROUNDS = 3;

/** An authority that forgets at once is given a moment. */
const ROUND_PAUSE_SECONDS = 2;

export async function fulfilOrder(input: FulfilInput, ctx: DurableContext): Promise<Outcome> {
  const ready = await prepare(input, ctx);
  if (!ready.ok) return ready.problem === undefined ? cancelled(input, ctx) : needsAttention(input, ctx, ready.problem);
  if (ready.isAbsent) {
    const web = await serveWebFirst(input, ctx);
    if (web.kind === 'needs-attention') return needsAttention(input, ctx, web.problem);
    if (web.kind === 'cancelled') return cancelled(input, ctx);
    if (web.kind === 'done') return { state: web.kind };
  }
  const kept = await keepAppointment({ ...input, changesAddress: ready.changesAddress === true }, ctx);
  return kept.kind === 'needs-attention'
    ? needsAttention(input, ctx, kept.problem, kept.appointment)
    : { state: kept.kind };
}

/** `isAbsent`: there is no InfinityOne on the server yet. */
type Done =
  | { readonly ok: true; readonly isAbsent?: boolean; readonly changesAddress?: boolean }
  | { readonly ok: false; readonly problem: OrderProblem };

/** No problem: a person has cancelled the order meanwhile. */
export type Prepared = Done | { readonly ok: false; readonly problem: undefined };

/** Everything that disturbs nobody. */
async function prepare(input: FulfilInput, ctx: DurableContext): Promise<Prepared> {
  const once = { ...input, visit: 1 };
  const registered = await callStep(ctx, 'register-order', once);
  if (!registered.ok) return registered;
  const checked = await callStep(ctx, 'check-server', once);
  if (!checked.ok) return checked;
  const { differences } = checked.value;
  if (differences !== undefined) {
    // whoever cannot be told now finds it with the server
    const notice = { notice: 'names-differ', details: differences } as const;
    await callStep(ctx, 'send-notice', { ...input, visit: 98, ...notice }, { forSeconds: 60 });
  }
  // nobody has to prove a name whose certificate is there already
  const isImport = registered.value.isImport === true;
  if (!isImport) {
    if (checked.value.outside.length > 0) {
      const set = await awaitRecords(input, ctx);
      if (!set.ok) return set;
    }
    const named = await callStep(ctx, 'check-names', once);
    if (!named.ok) return named;
  }
  const address = await callStep(ctx, 'set-address', once);
  if (!address.ok) return address;
  const obtained = isImport ? await callStep(ctx, 'adopt-certificate', once) : await obtain(input, ctx);
  if (!obtained.ok) return obtained;
  const staged = await callStep(ctx, 'stage-certificate', once);
  if (!isImport) await callStep(ctx, 'clean-up-challenges', once, { forSeconds: 60 });
  return staged.ok
    ? {
        ok: true,
        isAbsent: checked.value.isAbsent === true,
        changesAddress: address.value.changesAddress === true,
      }
    : staged;
}

async function obtain(input: FulfilInput, ctx: DurableContext): Promise<Done> {
  for (let round = 1; ; round += 1) {
    const called = await obtainOnce({ ...input, visit: round }, round, ctx);
    if (called.ok) return called;
    if (called.problem.code !== 'ca-order-gone' || round === ROUNDS) return called;
    await ctx.wait(`round ${round} pause`, { seconds: ROUND_PAUSE_SECONDS });
  }
}

async function obtainOnce(
  input: FulfilInput & { readonly visit: number },
  round: number,
  ctx: DurableContext,
): Promise<Done> {
  const placed = await callStep(ctx, 'place-acme-order', { ...input, round });
  if (!placed.ok) return placed;
  const proven = await callStep(ctx, 'answer-challenges', input);
  if (!proven.ok) return proven;
  const finalized = await callStep(ctx, 'finalize-acme-order', input);
  return finalized.ok ? { ok: true } : finalized;
}

/** Whoever cancelled has closed it, or died on the way. */
async function cancelled(input: FulfilInput, ctx: DurableContext): Promise<Outcome> {
  const state = 'cancelled';
  await callStep(ctx, 'close-order', { ...input, visit: 1, state });
  return { state };
}

/** The old certificate stays served; a person is told what stopped and why. */
async function needsAttention(
  input: FulfilInput,
  ctx: DurableContext,
  problem: OrderProblem,
  appointment?: { readonly id: string; readonly state: 'done' | 'missed' | 'rolled-back' },
): Promise<Outcome> {
  const state = 'needs-attention';
  const closed = await callStep(
    ctx,
    'close-order',
    { ...input, visit: 1, state, problem, ...(appointment === undefined ? {} : { appointment }) },
    A_DAY,
  );
  const why = `${problem.code} in ${problem.step}: ${problem.message}`;
  await callStep(ctx, 'send-notice', { ...input, visit: 99, notice: 'needs-attention', why });
  const appointmentId = closed.ok ? closed.value.restartOff : undefined;
  if (appointmentId !== undefined)
    await callStep(ctx, 'send-notice', {
      ...input,
      visit: 98,
      appointmentId,
      notice: 'restart-off',
      why: problem.message,
    });
  return { state, problem };
}
