// The step `await-dns` as a function of Lambda.

import { awaitDns } from '../src/steps/await-dns.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { publicDns } from './wiring/public-dns.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  async () => ({
    inventory: inventory(),
    authorities: await authorities(),
    zones: zones(),
    publicDns: publicDns(),
    log: log(),
    clock: clock(),
    settings: serviceSettings(),
  }),
  (payload: Parameters<typeof awaitDns>[0], services) => awaitDns(payload, services),
);
