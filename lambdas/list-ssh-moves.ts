// The step `list-ssh-moves` as a function of Lambda.

import { listSshMoves } from '../src/steps/list-ssh-moves.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), clock: clock(), log: log() }),
  (payload: Parameters<typeof listSshMoves>[0], services) => listSshMoves(payload, services),
);
