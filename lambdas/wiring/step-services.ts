// What every step has: the inventory, a clock and a log.

import type { StepNeeds } from '../../src/steps/step.ts';
import { clock } from './clock.ts';
import { inventory } from './inventory.ts';
import { log } from './log.ts';

export function stepServices(): StepNeeds {
  return { inventory: inventory(), clock: clock(), log: log() };
}
