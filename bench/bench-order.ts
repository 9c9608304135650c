// An order as both benches place it, and its steps called as the workflow calls them.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../src/domain/order.ts';
import type { KeyType } from '../src/ports/key-pairs.ts';
import type { StepResult } from '../src/steps/step.ts';

export const PARTNER = 'bench';

export function orderFor(hostname: string, authority: string, keyType: KeyType): Order {
  return {
    id: hostname,
    partner: PARTNER,
    idempotencyKey: hostname,
    requestHash: '',
    request: {
      hostname,
      customer: 'Bench',
      publicIp: '203.0.113.10',
      sitePort: 21_326,
      connectionProfile: 'none',
      contacts: [],
      windowPolicy: {
        timeZone: 'Etc/UTC',
        windows: [],
        minimumNoticeSeconds: 0,
        confirmation: 'nobody',
        maxActiveCalls: 0,
      },
      authority,
      keyType,
    },
    reason: 'provision',
    state: 'working',
    createdAt: new Date().toISOString(),
    warnings: [],
  };
}

/** What asks for patience is called again after it; what needs a person ends the bench. */
export async function untilDone(call: () => Promise<StepResult<unknown>>): Promise<void> {
  for (;;) {
    const result = await call();
    if (result.kind === 'done') return;
    if (result.kind === 'problem' && result.problem.retry === 'never') throw new Error(JSON.stringify(result.problem));
    await sleep(result.retryAfterMs ?? 1_000);
  }
}
