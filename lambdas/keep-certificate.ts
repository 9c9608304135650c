// The step `keep-certificate` as a function of Lambda.

import { keepCertificate } from '../src/steps/keep-certificate.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), vault: vault(), log: log(), clock: clock() }),
  (payload: Parameters<typeof keepCertificate>[0], services) => keepCertificate(payload, services),
);
