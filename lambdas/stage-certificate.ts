// The step `stage-certificate` as a function of Lambda.

import { stageCertificate } from '../src/steps/stage-certificate.ts';
import { lambda } from './lambda.ts';
import { appliances } from './wiring/appliances.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), vault: vault(), log: log(), clock: clock(), settings: serviceSettings() }),
  (payload: Parameters<typeof stageCertificate>[0], services) =>
    stageCertificate(payload, { ...services, appliances: appliances(payload.partner) }),
);
