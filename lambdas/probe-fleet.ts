// Every hour: looks at the servers whose day has come, from outside, and keeps what others have installed. Must not leave by the address servers allow.

import { probeFleet } from '../src/workflows/probe-fleet.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { log } from './wiring/log.ts';
import { mail } from './wiring/mail.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';

export const handler = lambda(
  () => ({
    ...{ inventory: inventory(), probes: probes(), mail: mail(), linkKeys: linkKeys() },
    ...{ log: log(), clock: clock(), settings: serviceSettings() },
  }),
  (event: { readonly time: string }, services) => probeFleet(new Date(event.time), services),
);
