// Every five minutes: starts, wakes or closes orders whose run is missing or dead.

import { sweepStuckOrders } from '../src/workflows/sweep-stuck-orders.ts';
import { lambda } from './lambda.ts';
import { dueAt, type ScheduledEvent } from './scheduled.ts';
import { executions } from './wiring/executions.ts';
import { stepServices } from './wiring/step-services.ts';
import { telling } from './wiring/telling.ts';

/** What the API is at work on just now is the API's: it is given longer than a request may take. */
const LEFT_ALONE_MS = 60_000;

export const handler = lambda(
  () => ({ ...stepServices(), ...telling(), executions: executions() }),
  (event: ScheduledEvent, services) => sweepStuckOrders(new Date(dueAt(event).getTime() - LEFT_ALONE_MS), services),
);
