// The step `register-order` as a function of Lambda.

import { registerOrder } from '../src/steps/register-order.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { serviceSettings } from './wiring/service-settings.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), log: log(), clock: clock(), settings: serviceSettings() }),
  (payload: Parameters<typeof registerOrder>[0], services) => registerOrder(payload, services),
);
