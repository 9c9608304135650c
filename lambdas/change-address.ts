// The step `change-address` as a function of Lambda.

import { changeAddress } from '../src/steps/change-address.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), addresses: zones(), log: log(), clock: clock() }),
  (payload: Parameters<typeof changeAddress>[0], services) => changeAddress(payload, services),
);
