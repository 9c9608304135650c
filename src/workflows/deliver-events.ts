// The schedule of events: posts each that is due to its partner's webhook, again with growing pauses, and keeps what came of it.

import { Problem, problemCode } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { nextDeliveryAt, signedHeaders } from '../domain/webhook.ts';
import type { Item } from '../ports/inventory.ts';
import { EVENTS_SHELF, type EventRecord, eventKey, marksOf, webhookKey } from '../steps/events.ts';
import type { Services } from '../steps/services.ts';
import { eachDue } from './due-items.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'webhooks' | 'log' | 'clock'>;

/** HTTP 410: the receiver wants no more of it (Standard Webhooks, "Deliverability and reliability"). */
const GONE = 410;

export interface DeliveredEvents {
  readonly delivered: number;
  readonly postponed: number;
}

/** An event is delivered at least once: whoever dies between the answer and its note posts it again, under the same id. */
export async function deliverEvents(now: Date, services: Needs): Promise<DeliveredEvents> {
  const totals = { delivered: 0, postponed: 0 };
  await eachDue<EventRecord>(services.inventory, { shelf: EVENTS_SHELF, until: now }, async (item) => {
    const outcome = await tryOne(item, now, services);
    totals[outcome] += 1;
  });
  return totals;
}

/** One that cannot even be tried must not keep the others waiting; it is due again the next time. */
async function tryOne(item: Item<EventRecord>, now: Date, services: Needs): Promise<'delivered' | 'postponed'> {
  try {
    return await deliver(item, now, services);
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    services.log.error('event could not be tried', { eventId: item.value.id, error: said });
    return 'postponed';
  }
}

async function deliver(item: Item<EventRecord>, now: Date, services: Needs): Promise<'delivered' | 'postponed'> {
  const event = item.value;
  const outcome = await attempt(event, now, services);
  const attempts = event.attempts + 1;
  const after: EventRecord = { ...event, attempts, lastAnswer: outcome.said, nextAttemptAt: undefined };
  if (outcome.kind === 'taken') {
    await note(item, { ...after, state: 'delivered', deliveredAt: now.toISOString() }, undefined, services);
    return 'delivered';
  }
  const next = outcome.kind === 'again' ? nextDeliveryAt(attempts, now, outcome.retryAfterMs) : undefined;
  if (next === undefined) {
    services.log.error('event given up', { eventId: event.id, partner: event.partner, answer: outcome.said });
    await note(item, { ...after, state: 'failed' }, undefined, services);
  } else await note(item, { ...after, nextAttemptAt: next.toISOString() }, next, services);
  return 'postponed';
}

type Outcome =
  | { readonly kind: 'taken' | 'refused'; readonly said: string }
  | { readonly kind: 'again'; readonly said: string; readonly retryAfterMs: number | undefined };

async function attempt(event: EventRecord, now: Date, { inventory, vault, webhooks }: Needs): Promise<Outcome> {
  const webhook = await inventory.find(webhookKey(event.partner));
  if (webhook === undefined) return { kind: 'refused', said: 'the webhook was taken away' };
  const body = JSON.stringify(event.payload);
  try {
    const secret = await vault.get(webhook.value.secretRef);
    const headers = signedHeaders({ id: event.id, body }, now, secret);
    const { status, retryAfterMs } = await webhooks.post(webhook.value.url, headers, body);
    const said = `HTTP ${status}`;
    if (status >= 200 && status < 300) return { kind: 'taken', said };
    return status === GONE ? { kind: 'refused', said } : { kind: 'again', said, retryAfterMs };
  } catch (error) {
    if (problemCode(error) === undefined || !(error instanceof Error)) throw error;
    return { kind: 'again', said: `${error.name}: ${error.message}`, retryAfterMs: undefined };
  }
}

/** Somebody else may have delivered it at the same moment: what they noted stands. */
async function note(
  item: Item<EventRecord>,
  event: EventRecord,
  dueAt: Date | undefined,
  { inventory }: Needs,
): Promise<void> {
  try {
    await inventory.replace(item, event, marksOf(event, dueAt));
  } catch (error) {
    if (problemCode(error) !== 'item-changed') throw error;
  }
}

/** Posted again from the beginning, whatever came of it. `not-found` where there is no such event. */
export async function replayEvent(
  partner: string,
  id: string,
  { inventory, clock }: Pick<Services, 'inventory' | 'clock'>,
): Promise<EventRecord> {
  const item = await inventory.find(eventKey(partner, id));
  if (item === undefined) throw new Problem('not-found', `no event ${quoted(id)}`);
  const { lastAnswer, ...event } = item.value;
  const again: EventRecord = {
    ...event,
    state: 'pending',
    attempts: 0,
    deliveredAt: undefined,
    nextAttemptAt: undefined,
  };
  await inventory.replace(item, again, marksOf(again, clock.now()));
  return again;
}
