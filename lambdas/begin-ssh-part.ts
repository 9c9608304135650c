// The step `begin-ssh-part` as a function of Lambda.

import { beginSshPart } from '../src/steps/begin-ssh-part.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { executions } from './wiring/executions.ts';
import { inventory } from './wiring/inventory.ts';
import { log } from './wiring/log.ts';

export const handler = lambda(
  () => ({ inventory: inventory(), executions: executions(), clock: clock(), log: log() }),
  (payload: Parameters<typeof beginSshPart>[0], services) => beginSshPart(payload, services),
);
