// The order system's webhook: where events go, what became of each, and posting one again.

import { createRoute, z } from '@hono/zod-openapi';
import { Problem } from '../domain/problem.ts';
import { parseWebhookSecret, parseWebhookUrl } from '../domain/webhook.ts';
import { type EventRecord, webhookKey } from '../steps/events.ts';
import { changeItem } from '../steps/records.ts';
import { replayEvent } from '../workflows/deliver-events.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { pageQuery } from './order-routes.ts';
import { problemResponses } from './problem-responses.ts';

const moment = z.string().openapi({ format: 'date-time' });

const webhookBody = z
  .strictObject({
    url: z
      .string()
      .openapi({ description: 'https; events are posted here', example: 'https://orders.customer.example/ucx' }),
    secret: z
      .string()
      .max(200)
      .openapi({ description: '`whsec_` and base64 of 24 to 64 random bytes; goes into the vault, is never shown' }),
  })
  .openapi('WebhookRequest');
const webhookView = z.object({ url: z.string(), since: moment }).openapi('Webhook');

const deliveryView = z
  .object({
    id: z.string().openapi({ description: 'the `webhook-id` header, the same at each attempt' }),
    type: z.string(),
    orderId: z.string(),
    timestamp: moment,
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    deliveredAt: moment.optional(),
    nextAttemptAt: moment.optional(),
    lastAnswer: z.string().optional(),
  })
  .openapi('Delivery');

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const put = createRoute({
  method: 'put',
  path: '/v1/webhook',
  summary: 'Have events posted to a server of yours',
  request: { body: { required: true, content: { 'application/json': { schema: webhookBody } } } },
  responses: { 200: json(webhookView, 'Events go there from now on'), ...problemResponses(400, 401, 403, 413, 415) },
});
const get = createRoute({
  method: 'get',
  path: '/v1/webhook',
  summary: 'Where events are posted',
  responses: { 200: json(webhookView, 'As it is now'), ...problemResponses(401, 403, 404) },
});
const remove = createRoute({
  method: 'delete',
  path: '/v1/webhook',
  summary: 'Have no more events posted',
  responses: { 204: { description: 'None are posted' }, ...problemResponses(401, 403) },
});
const deliveries = createRoute({
  method: 'get',
  path: '/v1/webhook/deliveries',
  summary: 'Events, newest first, with what became of each',
  request: { query: pageQuery },
  responses: {
    200: json(z.object({ deliveries: z.array(deliveryView), next: z.string().optional() }), 'A page'),
    ...problemResponses(400, 401, 403),
  },
});
const replay = createRoute({
  method: 'post',
  path: '/v1/webhook/deliveries/{id}/replay',
  summary: 'Post an event again',
  request: { params: z.object({ id: z.string().max(200) }) },
  responses: { 202: json(deliveryView, 'It is posted again'), ...problemResponses(401, 403, 404, 409) },
});

export function addWebhookRoutes(api: Api, services: ApiServices): void {
  const { inventory, vault, clock } = services;

  api.openapi(put, async (c) => {
    const { partner } = requireScope(c.var.caller, 'webhook:write');
    const body = c.req.valid('json');
    const url = parseWebhookUrl(body.url, 'url');
    const secret = parseWebhookSecret(body.secret, 'secret');
    const secretRef = await vault.put(`partners/${partner}/webhook-secret`, secret);
    const webhook = { url, since: clock.now().toISOString(), secretRef };
    if ((await inventory.add(webhookKey(partner), webhook)) === undefined)
      await changeItem(inventory, webhookKey(partner), () => webhook);
    return c.json({ url, since: webhook.since }, 200);
  });

  api.openapi(get, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const webhook = await inventory.find(webhookKey(partner));
    if (webhook === undefined) throw new Problem('not-found', 'no webhook is set');
    return c.json({ url: webhook.value.url, since: webhook.value.since }, 200);
  });

  api.openapi(remove, async (c) => {
    const { partner } = requireScope(c.var.caller, 'webhook:write');
    await inventory.remove(webhookKey(partner));
    return c.body(null, 204);
  });

  api.openapi(deliveries, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const range = { ...c.req.valid('query'), order: 'newest-first' } as const;
    const page = await inventory.listMarked<EventRecord>('listed', `EVENTS#${partner}`, range);
    return c.json({ deliveries: page.items.map(({ value }) => viewDelivery(value)), next: page.next }, 200);
  });

  api.openapi(replay, async (c) => {
    const { partner } = requireScope(c.var.caller, 'webhook:write');
    return c.json(viewDelivery(await replayEvent(partner, c.req.valid('param').id, services)), 202);
  });
}

function viewDelivery({ id, orderId, payload, ...rest }: EventRecord): z.infer<typeof deliveryView> {
  const { state, attempts, deliveredAt, nextAttemptAt, lastAnswer } = rest;
  const { type, timestamp } = payload;
  return { id, type, orderId, timestamp, state, attempts, deliveredAt, nextAttemptAt, lastAnswer };
}
