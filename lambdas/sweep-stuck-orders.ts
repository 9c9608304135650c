// Every five minutes: starts, wakes or closes orders whose run is missing or dead.

import { sweepStuckOrders } from '../src/workflows/sweep-stuck-orders.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { executions } from './wiring/executions.ts';
import { inventory } from './wiring/inventory.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { log } from './wiring/log.ts';
import { mail } from './wiring/mail.ts';
import { serviceSettings } from './wiring/service-settings.ts';

export const handler = lambda(
  () => ({
    inventory: inventory(),
    executions: executions(),
    mail: mail(),
    clock: clock(),
    linkKeys: linkKeys(),
    log: log(),
    settings: serviceSettings(),
  }),
  (event: { readonly time: string }, services) => sweepStuckOrders(new Date(event.time), services),
);
