// The step `check-names` as a function of Lambda.

import { checkNames } from '../src/steps/check-names.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { publicDns } from './wiring/public-dns.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  async () => ({
    inventory: inventory(),
    authorities: await authorities(),
    zones: zones(),
    publicDns: publicDns(),
    log: log(),
    clock: clock(),
  }),
  (payload: Parameters<typeof checkNames>[0], services) => checkNames(payload, services),
);
