// The order `npm start` places can be carried out at once, whatever the hour.

import { describe, expect, it } from 'vitest';
import { orderBody } from '../../src/api/order-schema.ts';
import { planAppointment } from '../../src/domain/appointment.ts';
import { judgePolicy } from '../../src/domain/policy-judgement.ts';
import { sandboxOrder } from '../../src/sandbox/order-client.ts';

describe('the order of the sandbox', () => {
  it('has a window that is open seconds later, at every half hour of a week', () => {
    const begin = Date.UTC(2026, 11, 28);
    for (let half = 0; half < 7 * 48; half += 1) {
      const now = new Date(begin + half * 30 * 60_000 + 29 * 60_000);
      const { windowPolicy } = orderBody.parse(sandboxOrder('pbx.northwind.test', '203.0.113.10', now));
      judgePolicy(windowPolicy, now, 'windowPolicy');
      const plan = planAppointment(windowPolicy, undefined, now);
      if (plan.kind !== 'planned') throw new Error(`${now.toISOString()}: ${plan.why}`);
      expect(plan.opening.opensAt.getTime() - now.getTime()).toBeLessThanOrEqual(8_000);
    }
  });

  it('has room for an hour of notice too', () => {
    const now = new Date('2026-12-31T23:59:30Z');
    const { windowPolicy } = orderBody.parse(sandboxOrder('pbx.northwind.test', '203.0.113.10', now, 3600));
    const plan = planAppointment(windowPolicy, undefined, now);
    expect(plan).toMatchObject({ kind: 'planned' });
    if (plan.kind === 'planned') expect(plan.opening.opensAt.getTime() - now.getTime()).toBeLessThan(70 * 60_000);
  });
});
