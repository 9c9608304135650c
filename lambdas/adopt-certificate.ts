// The step `adopt-certificate` as a function of Lambda.

import { adoptCertificate } from '../src/steps/adopt-certificate.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), vault: vault(), log: log(), clock: clock() }),
  (payload: Parameters<typeof adoptCertificate>[0], services) => adoptCertificate(payload, services),
);
