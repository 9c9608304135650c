// The machine's clock.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../src/steps/services.ts';

export function clock(): Clock {
  return { now: () => new Date(), sleep: (ms) => sleep(ms) };
}
