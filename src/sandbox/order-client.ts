// The order system's side of the API: places one order over HTTP and asks how it goes.

import { z } from 'zod';

const timelineEntry = z.object({
  step: z.string(),
  visit: z.number(),
  state: z.enum(['running', 'waiting', 'done', 'problem']),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  attempts: z.number(),
  summary: z.string().optional(),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
});

const orderAnswer = z.object({
  id: z.string(),
  state: z.string(),
  hostname: z.string(),
  fingerprint: z.string().optional(),
  warnings: z.array(z.string()),
  problem: z.object({ code: z.string(), message: z.string(), step: z.string() }).optional(),
  wantedRecords: z
    .array(
      z.object({
        name: z.string(),
        type: z.string(),
        value: z.string(),
        where: z.string(),
        required: z.boolean(),
        seen: z.array(z.string()),
      }),
    )
    .optional(),
  appointment: z
    .object({ id: z.string(), state: z.string(), opensAt: z.string(), closesAt: z.string(), window: z.string() })
    .optional(),
  timeline: z.array(timelineEntry).default([]),
  notices: z
    .array(
      z.object({
        kind: z.string(),
        to: z.string(),
        subject: z.string(),
        messageId: z.string(),
        deliveredAt: z.string().optional(),
      }),
    )
    .default([]),
});

export type OrderAnswer = z.infer<typeof orderAnswer>;
export type TimelineAnswer = z.infer<typeof timelineEntry>;

export class OrderClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  async place(idempotencyKey: string, body: unknown): Promise<OrderAnswer> {
    return orderAnswer.parse(await this.#ask('POST', '/v1/orders', { body, idempotencyKey }));
  }

  async get(id: string): Promise<OrderAnswer> {
    return orderAnswer.parse(await this.#ask('GET', `/v1/orders/${id}`));
  }

  /** As the API shows it, unread. */
  async server(hostname: string): Promise<unknown> {
    return await this.#ask('GET', `/v1/servers/${hostname}`);
  }

  async #ask(
    method: string,
    path: string,
    more: { readonly body?: unknown; readonly idempotencyKey?: string } = {},
  ): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        ...(more.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(more.idempotencyKey === undefined ? {} : { 'Idempotency-Key': more.idempotencyKey }),
      },
      ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  }
}

/** A restart window that is open now and for hours, and a notice of seconds: the sandbox's customer is patient with nobody. */
export function sandboxOrder(hostname: string, publicIp: string, now: Date, minimumNoticeSeconds = 5): object {
  const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  const hour = now.getUTCHours();
  const clock = (hours: number) => `${String((hours + 24) % 24).padStart(2, '0')}:00`;
  const startsYesterday = hour === 0;
  const day = days[(now.getUTCDay() + (startsYesterday ? 6 : 0)) % 7];
  return {
    hostname,
    customer: 'Northwind Traders',
    publicIp,
    connectionProfile: 'ucx-ssh',
    contacts: [{ name: 'Ana Trujillo', email: 'ana@northwind.test' }],
    windowPolicy: {
      timeZone: 'Etc/UTC',
      windows: [{ day, start: clock(hour - 1), end: clock(hour + 8) }],
      minimumNoticeSeconds,
    },
  };
}
