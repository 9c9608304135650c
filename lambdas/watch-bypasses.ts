// Every hour: reminds and escalates while a bypass is switched on.

import { watchBypasses } from '../src/workflows/watch-bypasses.ts';
import { lambda } from './lambda.ts';
import { dueAt, type ScheduledEvent } from './scheduled.ts';
import { stepServices } from './wiring/step-services.ts';
import { telling } from './wiring/telling.ts';

export const handler = lambda(
  () => ({ ...stepServices(), ...telling() }),
  (event: ScheduledEvent, services) => watchBypasses(dueAt(event), services),
);
