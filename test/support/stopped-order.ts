// What holds whenever an order stops short of its end: nothing on the server has changed, and our own people know why.

import { expect } from 'vitest';
import type { OrderAnswer } from '../../src/sandbox/order-client.ts';
import { OPS, type SandboxRun } from './sandbox-run.ts';

/** `servedBefore`: fingerprint of what was served when the order came. Customers hear nothing of what did not concern them. */
export async function expectUntouched(
  run: SandboxRun,
  order: OrderAnswer,
  { code, servedBefore, restarts = 0 }: { code: string; servedBefore: string | undefined; restarts?: number },
): Promise<void> {
  expect([order.state, order.problem?.code], JSON.stringify(order.problem)).toEqual(['needs-attention', code]);
  expect(servedBefore).toBeDefined();
  expect(run.effects()).toMatchObject({ restarts, served: servedBefore });
  expect(await run.told(order.id)).toEqual([`${OPS}: Needs a person`]);
  const [mail] = await run.mailsAbout(order.id);
  expect(mail?.text).toContain(`Why: ${code} in ${order.problem?.step}: ${order.problem?.message}`.slice(0, 60));
}
