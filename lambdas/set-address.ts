// The step `set-address` as a function of Lambda.

import { setAddress } from '../src/steps/set-address.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  () => {
    const ours = zones();
    return {
      inventory: inventory(),
      zones: ours,
      addresses: ours,
      log: log(),
      clock: clock(),
      settings: serviceSettings(),
    };
  },
  (payload: Parameters<typeof setAddress>[0], services) => setAddress(payload, services),
);
