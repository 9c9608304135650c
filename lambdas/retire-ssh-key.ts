// The step `retire-ssh-key` as a function of Lambda.

import { retireSshKey } from '../src/steps/retire-ssh-key.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { serverKeys } from './wiring/server-keys.ts';
import { serviceSettings } from './wiring/service-settings.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), clock: clock(), log: log(), settings: serviceSettings() }),
  (payload: Parameters<typeof retireSshKey>[0], services) =>
    retireSshKey(payload, { ...services, serverKeys: serverKeys(payload.partner) }),
);
