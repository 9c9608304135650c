// The step `revoke-leaf` as a function of Lambda.

import { revokeLeaf } from '../src/steps/revoke-leaf.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  async () => ({
    inventory: inventory(),
    vault: vault(),
    authorities: await authorities(),
    log: log(),
    clock: clock(),
  }),
  (payload: Parameters<typeof revokeLeaf>[0], services) => revokeLeaf(payload, services),
);
