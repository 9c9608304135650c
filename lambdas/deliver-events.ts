// Every minute: posts events to the webhooks of partners.

import { deliverEvents } from '../src/workflows/deliver-events.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { vault } from './wiring/vault.ts';
import { webhooks } from './wiring/webhooks.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), vault: vault(), webhooks: webhooks(), clock: clock(), log: log() }),
  (event: { readonly time: string }, services) => deliverEvents(new Date(event.time), services),
);
