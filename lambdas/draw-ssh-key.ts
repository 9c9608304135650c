// The step `draw-ssh-key` as a function of Lambda.

import { drawSshKey } from '../src/steps/draw-ssh-key.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { serverKeys } from './wiring/server-keys.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), vault: vault(), clock: clock(), log: log(), settings: serviceSettings() }),
  (payload: Parameters<typeof drawSshKey>[0], services) =>
    drawSshKey(payload, { ...services, serverKeys: serverKeys(payload.partner) }),
);
