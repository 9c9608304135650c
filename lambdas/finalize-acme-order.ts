// The step `finalize-acme-order` as a function of Lambda.

import { finalizeAcmeOrder } from '../src/steps/finalize-acme-order.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  async () => ({
    inventory: inventory(),
    vault: vault(),
    authorities: await authorities(),
    log: log(),
    clock: clock(),
    settings: serviceSettings(),
  }),
  (payload: Parameters<typeof finalizeAcmeOrder>[0], services) => finalizeAcmeOrder(payload, services),
);
