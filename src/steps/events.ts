// Events for the order system, kept before anything else is told: written by the steps, carried out by the schedule.

import { eventsPartition, webhookPartition } from '../domain/inventory-key.ts';
import type { Order } from '../domain/order.ts';
import type { EventPayload, EventType, Webhook } from '../domain/webhook.ts';
import type { Key, Marks } from '../ports/inventory.ts';
import type { VaultRef } from '../ports/vault.ts';
import type { Services } from './services.ts';

/** Moments are ISO 8601. */
export interface EventRecord {
  /** The same at each attempt, so that the receiver knows a repeat (`webhook-id`). */
  readonly id: string;
  readonly partner: string;
  readonly orderId: string;
  readonly payload: EventPayload;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  readonly deliveredAt?: string | undefined;
  readonly nextAttemptAt?: string | undefined;
  /** What the last attempt met: `HTTP 503`, `no answer within 20000 ms`. */
  readonly lastAnswer?: string | undefined;
}

export interface WebhookRecord extends Webhook {
  readonly secretRef: VaultRef;
}

/** Shelf of the events somebody must still deliver. */
export const EVENTS_SHELF = 'EVENTS';

export const eventKey = (partner: string, id: string): Key<EventRecord> => ({
  partition: eventsPartition(partner),
  sort: id,
});

export const webhookKey = (partner: string): Key<WebhookRecord> => ({
  partition: webhookPartition(partner),
  sort: 'WEBHOOK',
});

export function marksOf(event: EventRecord, dueAt: Date | undefined): Marks {
  return {
    listed: { shelf: `EVENTS#${event.partner}`, at: new Date(event.payload.timestamp) },
    ...(dueAt === undefined ? {} : { due: { shelf: EVENTS_SHELF, at: dueAt } }),
  };
}

export interface Happening {
  readonly type: EventType;
  /** Tells two events of one type and order apart; the same for a repeat of the same step. */
  readonly nth: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Nothing where the partner has no webhook. A repeat of the step finds the event there already. */
export async function noteEvent(
  order: Pick<Order, 'id' | 'partner'>,
  { type, nth, data }: Happening,
  { inventory, clock }: Pick<Services, 'inventory' | 'clock'>,
): Promise<void> {
  if ((await inventory.find(webhookKey(order.partner))) === undefined) return;
  const now = clock.now();
  const id = `${type}.${order.id}.${nth}`;
  const event: EventRecord = {
    id,
    partner: order.partner,
    orderId: order.id,
    payload: { type, timestamp: now.toISOString(), data },
    state: 'pending',
    attempts: 0,
  };
  await inventory.add(eventKey(order.partner, id), event, marksOf(event, now));
}
