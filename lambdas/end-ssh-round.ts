// The step `end-ssh-round` as a function of Lambda.

import { endSshRound } from '../src/steps/end-ssh-round.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), clock: clock(), log: log() }),
  (payload: Parameters<typeof endSshRound>[0], services) => endSshRound(payload, services),
);
