// Every hour: looks at the servers whose day has come, from outside. Must not leave by the address servers allow.

import { probeFleet } from '../src/workflows/probe-fleet.ts';
import { lambda } from './lambda.ts';
import { dueAt, type ScheduledEvent } from './scheduled.ts';
import { probes } from './wiring/probes.ts';
import { stepServices } from './wiring/step-services.ts';
import { telling } from './wiring/telling.ts';

export const handler = lambda(
  () => ({ ...stepServices(), ...telling(), probes: probes() }),
  (event: ScheduledEvent, services) => probeFleet(dueAt(event), services),
);
