// The step `clean-up-challenges` as a function of Lambda.

import { cleanUpChallenges } from '../src/steps/clean-up-challenges.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), zones: zones(), log: log(), clock: clock() }),
  (payload: Parameters<typeof cleanUpChallenges>[0], services) => cleanUpChallenges(payload, services),
);
