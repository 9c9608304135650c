// The step `keep-report` as a function of Lambda.

import { keepReport } from '../src/steps/keep-report.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), log: log(), clock: clock() }),
  (payload: Parameters<typeof keepReport>[0], services) => keepReport(payload, services),
);
