// The step `change-account-key` as a function of Lambda.

import { changeAccountKey } from '../src/steps/change-account-key.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { keyPairs } from './wiring/key-pairs.ts';
import { log } from './wiring/log.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  async () => ({
    inventory: inventory(),
    vault: vault(),
    authorities: await authorities(),
    keyPairs: keyPairs(),
    log: log(),
    clock: clock(),
  }),
  (payload: Parameters<typeof changeAccountKey>[0], services) => changeAccountKey(payload, services),
);
