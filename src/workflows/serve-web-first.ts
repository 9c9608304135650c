// A server without InfinityOne: its web administration is given the certificate, and the order rests until the site port appears.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import type { OrderProblem } from '../domain/order.ts';
import { callStep } from './call-step.ts';
import type { FulfilInput } from './fulfil-order.ts';

/** `restart`: InfinityOne is there and serves something else; the order goes on like every other. */
export type WebServed =
  | { readonly kind: 'done' | 'cancelled' | 'restart' }
  | { readonly kind: 'needs-attention'; readonly problem: OrderProblem };

/** Longer than the deadline the step itself keeps: it alone says when to give up. */
const BEYOND_THE_DEADLINE = { forSeconds: 100 * 24 * 3600 };

const TELLING = { forSeconds: 3600 };

/** The certificate is kept before the wait: from then on its renewal is watched, whatever becomes of InfinityOne. */
export async function serveWebFirst(input: FulfilInput, ctx: DurableContext): Promise<WebServed> {
  const once = { ...input, visit: 1 };
  const web = await callStep(ctx, 'serve-web', once);
  if (!web.ok) return { kind: 'needs-attention', problem: web.problem };
  if (web.value.isThere === true) return { kind: 'restart' };
  const kept = await callStep(ctx, 'keep-certificate', once);
  if (!kept.ok) return { kind: 'needs-attention', problem: kept.problem };
  await callStep(ctx, 'send-notice', { ...input, visit: 200, notice: 'web-served' }, TELLING);
  const site = await callStep(ctx, 'await-site', once, BEYOND_THE_DEADLINE);
  if (!site.ok) return { kind: 'needs-attention', problem: site.problem };
  switch (site.value.next) {
    case 'closed':
      return { kind: 'cancelled' };
    case 'other':
      return { kind: 'restart' };
    case 'served':
    case 'given-up': {
      await callStep(ctx, 'close-order', { ...once, state: 'done' });
      const notice = site.value.next === 'served' ? ('site-served' as const) : ('site-not-there' as const);
      await callStep(ctx, 'send-notice', { ...input, visit: 201, notice }, TELLING);
      return { kind: 'done' };
    }
  }
}
