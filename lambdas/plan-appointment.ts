// The step `plan-appointment` as a function of Lambda.

import { planRestart } from '../src/steps/plan-appointment.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), log: log(), clock: clock() }),
  (payload: Parameters<typeof planRestart>[0], services) => planRestart(payload, services),
);
