// Orders: placed once per idempotency key, listed newest first, shown with everything that happened.

import { createRoute, z } from '@hono/zod-openapi';
import { noticesPartition, timelinePartition } from '../domain/inventory-key.ts';
import { type Order, REVOCATION_REASONS } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import type { Item } from '../ports/inventory.ts';
import { allItems } from '../steps/all-items.ts';
import { appointmentKey, type NoticeRecord, orderKey, type TimelineEntry } from '../steps/records.ts';
import { acceptImport } from '../workflows/accept-import.ts';
import { acceptOrder } from '../workflows/accept-order.ts';
import { cancelOrder } from '../workflows/cancel-order.ts';
import { acceptRevocation } from '../workflows/revoke-certificate.ts';
import { type Api, type ApiOptions, type ApiServices, requireScope } from './app.ts';
import { orderBody, readOrder, viewPolicy } from './order-schema.ts';
import { orderDetailView, orderView, viewAppointment, viewOrder, viewTimeline } from './order-views.ts';
import { problemResponses } from './problem-responses.ts';
import { readUpload } from './upload-schema.ts';

export const MAX_PAGE = 100;
export const DEFAULT_PAGE = 25;

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  from: z.string().max(2_000).optional().openapi({ description: '`next` of the page before' }),
});

const idempotencyHeader = z.object({
  'idempotency-key': z
    .string({ error: 'is missing; give one value per order, the same for every attempt at it' })
    .regex(/^[\x21-\x7e]{1,200}$/, 'is 1 to 200 printable characters without spaces')
    .openapi({ description: 'one value per order; the same for every attempt at it' }),
});

const placeOrder = createRoute({
  method: 'post',
  path: '/v1/orders',
  summary: 'Place an order',
  request: {
    headers: idempotencyHeader,
    body: { required: true, content: { 'application/json': { schema: orderBody } } },
  },
  responses: {
    202: { description: 'Accepted', content: { 'application/json': { schema: orderView } } },
    200: { description: 'Accepted before under this key', content: { 'application/json': { schema: orderView } } },
    ...problemResponses(400, 401, 403, 409, 413, 415, 422),
  },
});

const getOrder = createRoute({
  method: 'get',
  path: '/v1/orders/{id}',
  summary: 'One order with its timeline',
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: {
    200: { description: 'The order', content: { 'application/json': { schema: orderDetailView } } },
    ...problemResponses(400, 401, 403, 404),
  },
});

const listOrders = createRoute({
  method: 'get',
  path: '/v1/orders',
  summary: 'Orders, newest first, in pages',
  request: {
    query: pageQuery,
  },
  responses: {
    200: {
      description: 'A page',
      content: {
        'application/json': {
          schema: z.object({ orders: z.array(orderView), next: z.string().optional() }).openapi('OrderPage'),
        },
      },
    },
    ...problemResponses(400, 401, 403),
  },
});

const cancel = createRoute({
  method: 'post',
  path: '/v1/orders/{id}/cancel',
  summary: 'Cancel an order that waits for records in DNS or for InfinityOne',
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: {
    200: { description: 'Cancelled', content: { 'application/json': { schema: orderView } } },
    ...problemResponses(400, 401, 403, 404, 409),
  },
});

const revokeBody = z
  .strictObject({
    reason: z.enum(REVOCATION_REASONS, { error: `is no reason; give one of ${REVOCATION_REASONS.join(', ')}` }),
  })
  .openapi('Revocation');

const revoke = createRoute({
  method: 'post',
  path: '/v1/orders/{id}/revoke',
  summary: 'Revoke the certificate of an order at its authority; in service, it is replaced',
  request: {
    params: z.object({ id: z.string().max(64) }),
    body: { required: true, content: { 'application/json': { schema: revokeBody } } },
  },
  responses: {
    202: { description: 'Asked for', content: { 'application/json': { schema: orderView } } },
    ...problemResponses(400, 401, 403, 404, 409, 413, 415),
  },
});

export function addOrderRoutes(api: Api, options: ApiOptions): void {
  const { services } = options;

  api.openapi(placeOrder, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:write');
    const body = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const request = readOrder(body, { ...options, now: services.clock.now() });
    const { order, isNew } =
      body.certificate === undefined
        ? await acceptOrder(partner, key, request, services)
        : await acceptImport(partner, key, { request, upload: readUpload(body.certificate) }, services);
    c.header('Location', `/v1/orders/${order.id}`);
    return isNew ? c.json(viewOrder(order), 202) : c.json(viewOrder(order), 200);
  });

  api.openapi(getOrder, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const { id } = c.req.valid('param');
    const item = await services.inventory.find(orderKey(partner, id));
    if (item === undefined) throw new Problem('not-found', `no order ${quoted(id)}`);
    return c.json(await showOrder(item.value, services), 200);
  });

  api.openapi(cancel, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:write');
    return c.json(viewOrder(await cancelOrder(partner, c.req.valid('param').id, services)), 200);
  });

  api.openapi(revoke, async (c) => {
    const { partner } = requireScope(c.var.caller, 'servers:admin');
    const { reason } = c.req.valid('json');
    return c.json(viewOrder(await acceptRevocation(partner, c.req.valid('param').id, reason, services)), 202);
  });

  api.openapi(listOrders, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const { limit, from } = c.req.valid('query');
    const page = await services.inventory.listMarked<Order>('listed', `ORDERS#${partner}`, {
      limit,
      from,
      order: 'newest-first',
    });
    return c.json({ orders: page.items.map((item) => viewOrder(item.value)), next: page.next }, 200);
  });
}

async function showOrder(order: Order, { inventory }: ApiServices): Promise<z.infer<typeof orderDetailView>> {
  const timeline = await allItems<TimelineEntry>(inventory, timelinePartition(order.partner, order.id));
  const notices = await allItems<NoticeRecord>(inventory, noticesPartition(order.partner, order.id));
  const appointment = order.appointmentId && (await inventory.find(appointmentKey(order.partner, order.appointmentId)));
  return {
    ...viewOrder(order),
    contacts: [...order.request.contacts],
    windowPolicy: viewPolicy(order.request.windowPolicy),
    ...(appointment ? { appointment: viewAppointment(appointment.value, order.request.windowPolicy.timeZone) } : {}),
    timeline: viewTimeline(timeline.map((item) => item.value)),
    notices: inOrderOfDelivery(notices).map(({ value }) => viewNotice(value)),
  };
}

function viewNotice(notice: NoticeRecord): z.infer<typeof orderDetailView>['notices'][number] {
  const { kind, to, subject, messageId, deliveredAt, bouncedAt, complainedAt } = notice;
  return { kind, to, subject, messageId, deliveredAt, bouncedAt, complainedAt };
}

/** Those not delivered last. */
function inOrderOfDelivery(notices: readonly Item<NoticeRecord>[]): readonly Item<NoticeRecord>[] {
  return [...notices].sort((a, b) => ((a.value.deliveredAt ?? '~') < (b.value.deliveredAt ?? '~') ? -1 : 1));
}
