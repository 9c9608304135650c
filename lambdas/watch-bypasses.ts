// Every hour: reminds and escalates while a bypass is switched on.

import { watchBypasses } from '../src/workflows/watch-bypasses.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { log } from './wiring/log.ts';
import { mail } from './wiring/mail.ts';
import { serviceSettings } from './wiring/service-settings.ts';

export const handler = lambda(
  () => ({
    inventory: inventory(),
    mail: mail(),
    clock: clock(),
    linkKeys: linkKeys(),
    log: log(),
    settings: serviceSettings(),
  }),
  (event: { readonly time: string }, services) => watchBypasses(new Date(event.time), services),
);
