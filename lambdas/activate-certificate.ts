// The step `activate-certificate` as a function of Lambda.

import { activateCertificate } from '../src/steps/activate-certificate.ts';
import { lambda } from './lambda.ts';
import { appliances } from './wiring/appliances.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), probes: probes(), log: log(), clock: clock(), settings: serviceSettings() }),
  (payload: Parameters<typeof activateCertificate>[0], services) =>
    activateCertificate(payload, { ...services, appliances: appliances(payload.partner) }),
);
