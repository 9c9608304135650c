// The step `look-outside` as a function of Lambda.

import { lookOutside } from '../src/steps/look-outside.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { probes } from './wiring/probes.ts';
import { publicDns } from './wiring/public-dns.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), publicDns: publicDns(), probes: probes(), log: log(), clock: clock() }),
  (payload: Parameters<typeof lookOutside>[0], services) => lookOutside(payload, services),
);
