// The step `review-appointment` as a function of Lambda.

import { reviewRestart } from '../src/steps/review-appointment.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), log: log(), clock: clock() }),
  (payload: Parameters<typeof reviewRestart>[0], services) => reviewRestart(payload, services),
);
