// The time of the machine.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/steps/services.ts';

export function clock(): Clock {
  return { now: () => new Date(), sleep: (ms) => sleep(ms) };
}
