// The step `check-server` as a function of Lambda.

import { checkServer } from '../src/steps/check-server.ts';
import { lambda } from './lambda.ts';
import { appliances } from './wiring/appliances.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  () => ({
    inventory: inventory(),
    zones: zones(),
    probes: probes(),
    log: log(),
    clock: clock(),
    settings: serviceSettings(),
  }),
  (payload: Parameters<typeof checkServer>[0], services) =>
    checkServer(payload, { ...services, appliances: appliances(payload.partner) }),
);
