// The step `close-order` as a function of Lambda.

import { closeOrder } from '../src/steps/close-order.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), log: log(), clock: clock() }),
  (payload: Parameters<typeof closeOrder>[0], services) => closeOrder(payload, services),
);
