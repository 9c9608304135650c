// Events for the order system: how they are signed, when they are tried again, and which address and secret may receive them.

import { createHmac } from 'node:crypto';
import { Problem } from './problem.ts';
import { quoted } from './quoted-text.ts';

export type EventType = 'order.closed' | 'restart.announced';

/** Standard Webhooks, "Payload structure": `timestamp` is when it happened, ISO 8601. */
export interface EventPayload {
  readonly type: EventType;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a partner has asked for; the secret itself lies in the vault. */
export interface Webhook {
  readonly url: string;
  readonly since: string;
}

const MAX_URL = 2048;

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Signature scheme": 24 to 64 bytes. */
const SECRET_BYTES = { least: 24, most: 64 } as const;
const SECRET_PREFIX = 'whsec_';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The same page, "Deliverability and reliability": pauses after the first attempt and those that follow, about three days in all. */
export const DELIVERY_PAUSES_MS = [
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** An answer's wait is believed up to this. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/** https, a name or public address, no password, no fragment; else a `bad-request` problem that names the field. Answers it as a URL writes it. */
export function parseWebhookUrl(text: string, field: string): string {
  const refuse = (why: string) => new Problem('bad-request', `${field} ${quoted(text)} ${why}`, { field });
  if (text.length > MAX_URL) throw refuse(`has more than ${MAX_URL} characters`);
  if (!URL.canParse(text)) throw refuse('is no URL; give one like https://orders.customer.example/webhooks');
  const url = new URL(text);
  if (url.protocol !== 'https:') throw refuse('is not https; events are sent over https alone');
  if (url.username !== '' || url.password !== '') throw refuse('has a password; events are known by their signature');
  if (url.hash !== '') throw refuse('has a fragment, which no server sees');
  return url.href;
}

/** `whsec_` and base64 of 24 to 64 bytes; else a `bad-request` problem that does not show what was given. */
export function parseWebhookSecret(text: string, field: string): Buffer {
  const base64 = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : '';
  const bytes = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)
    ? Buffer.from(base64, 'base64')
    : Buffer.alloc(0);
  if (bytes.length >= SECRET_BYTES.least && bytes.length <= SECRET_BYTES.most) return bytes;
  throw new Problem(
    'bad-request',
    `${field} is no secret we can sign with; give ${SECRET_PREFIX} and base64 of ${SECRET_BYTES.least} to ${SECRET_BYTES.most} random bytes`,
    { field },
  );
}

/** The three headers of Standard Webhooks. `id` is the event's, the same at each attempt; `at` is the moment of this one. */
export function signedHeaders(
  event: { readonly id: string; readonly body: string },
  at: Date,
  secret: Uint8Array,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', secret).update(`${event.id}.${timestamp}.${event.body}`).digest('base64');
  return { 'webhook-id': event.id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** When the next attempt is due after so many, or undefined: then it is given up. `askedMs`: what the answer asked us to wait. */
export function nextDeliveryAt(attempts: number, at: Date, askedMs: number | undefined): Date | undefined {
  const pauseMs = DELIVERY_PAUSES_MS[attempts - 1];
  if (pauseMs === undefined) return undefined;
  return new Date(at.getTime() + Math.max(pauseMs, Math.min(askedMs ?? 0, MAX_RETRY_AFTER_MS)));
}
