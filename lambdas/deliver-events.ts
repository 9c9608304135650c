// Every minute: posts events to the webhooks of partners.

import { deliverEvents } from '../src/workflows/deliver-events.ts';
import { lambda } from './lambda.ts';
import { dueAt, type ScheduledEvent } from './scheduled.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';
import { webhooks } from './wiring/webhooks.ts';

export const handler = lambda(
  () => ({ ...stepServices(), vault: vault(), webhooks: webhooks() }),
  (event: ScheduledEvent, services) => deliverEvents(dueAt(event), services),
);
