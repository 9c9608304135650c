// The step `place-acme-order` as a function of Lambda.

import { placeAcmeOrder } from '../src/steps/place-acme-order.ts';
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
    authorities: await authorities({ withAccounts: true }),
    keyPairs: keyPairs(),
    log: log(),
    clock: clock(),
  }),
  (payload: Parameters<typeof placeAcmeOrder>[0], services) => placeAcmeOrder(payload, services),
);
