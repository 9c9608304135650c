// Every hour: orders the renewals whose moment has come.

import { startDueRenewals } from '../src/workflows/start-due-renewals.ts';
import { lambda } from './lambda.ts';
import { dueAt, type ScheduledEvent } from './scheduled.ts';
import { executions } from './wiring/executions.ts';
import { renewalAdvice } from './wiring/renewal-advice.ts';
import { stepServices } from './wiring/step-services.ts';
import { telling } from './wiring/telling.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({
    ...stepServices(),
    ...telling(),
    executions: executions(),
    renewalAdvice: renewalAdvice(),
    vault: vault(),
  }),
  (event: ScheduledEvent, services) => startDueRenewals({ now: dueAt(event), random: Math.random }, services),
);
