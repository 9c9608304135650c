// Waits for the records only the customer can set: everyone is told, reminded, and after the deadline a person takes over.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { callStep } from './call-step.ts';
import type { FulfilInput, Prepared } from './fulfil-order.ts';

/** Longer than the deadline the step itself keeps: it alone says when to give up. */
const BEYOND_THE_DEADLINE = { forSeconds: 15 * 24 * 3600 };

/**
 * A visit of `await-dns` lasts until the records are right or somebody is to be told; its pauses are the workflow's. A first notice nobody gets is
 * `nobody-told`: without it nothing would ever be set. A reminder that does not arrive changes nothing.
 */
export async function awaitRecords(input: FulfilInput, ctx: DurableContext): Promise<Prepared> {
  let told = 0;
  for (let visit = 1; ; visit += 1) {
    const looked = await callStep(ctx, 'await-dns', { ...input, visit, told }, BEYOND_THE_DEADLINE);
    if (!looked.ok) return looked;
    if (looked.value.next === 'go-on') return { ok: true };
    if (looked.value.next === 'closed') return { ok: false, problem: undefined };
    const { number } = looked.value;
    const notice = number === 1 ? 'dns-wanted' : 'dns-reminder';
    const sent = await callStep(ctx, 'send-notice', { ...input, visit: visitOfNotice(number), notice, number });
    if (!sent.ok && told === 0) return { ok: false, problem: { ...sent.problem, code: 'nobody-told' } };
    told = number;
  }
}

/** Notices about an appointment have visits from 1000 on, the one of the end has 99. */
function visitOfNotice(number: number): number {
  return 100 + number;
}
