// The step `answer-challenges` as a function of Lambda.

import { answerChallenges } from '../src/steps/answer-challenges.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';
import { vault } from './wiring/vault.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  async () => ({
    inventory: inventory(),
    vault: vault(),
    authorities: await authorities(),
    zones: zones(),
    log: log(),
    clock: clock(),
  }),
  (payload: Parameters<typeof answerChallenges>[0], services) => answerChallenges(payload, services),
);
