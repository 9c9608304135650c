// Takes an order in: one conditional item is order, idempotency record and start marker at once.

import { longestZone } from '../domain/dns-name.ts';
import { isClosed, type Order, type OrderRequest, orderId, requestHash } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { claimKey, listedMark, orderKey, serverKey } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'clock' | 'settings' | 'log'>;

export interface Accepted {
  readonly order: Order;
  /** False when the same request had been accepted before under this key. */
  readonly isNew: boolean;
}

/** Shelf of the accepted orders no execution has reported for. */
export const UNSTARTED_SHELF = 'UNSTARTED';

/**
 * A crash between the item and the start is repaired by the sweep. Problems, each before anything is written: `idempotency-conflict` (same key,
 * other request), `name-taken`, `name-not-allowed`, `order-open`, `profile-unknown`.
 */
export async function acceptOrder(
  partner: string,
  idempotencyKey: string,
  request: OrderRequest,
  services: Needs,
): Promise<Accepted> {
  const id = orderId(partner, idempotencyKey);
  const known = await services.inventory.find(orderKey(partner, id));
  if (known !== undefined) return repeat(known.value, request, services);

  await judge(partner, id, request, services);
  const createdAt = services.clock.now();
  const order: Order = {
    id,
    partner,
    idempotencyKey,
    requestHash: requestHash(request),
    request,
    reason: 'provision',
    state: 'accepted',
    createdAt: createdAt.toISOString(),
    warnings: [],
  };
  const marks = {
    due: { shelf: UNSTARTED_SHELF, at: createdAt },
    listed: listedMark(order),
  };
  const added = await services.inventory.add(orderKey(partner, id), order, marks);
  if (added === undefined) return acceptOrder(partner, idempotencyKey, request, services);
  await startOrder(order, services);
  return { order, isNew: true };
}

/** Idempotent: the execution is named by the order's id. */
export async function startOrder(order: Order, { executions }: Pick<Services, 'executions'>): Promise<void> {
  await executions.start('fulfil-order', order.id, { partner: order.partner, orderId: order.id });
}

async function repeat(order: Order, request: OrderRequest, services: Needs): Promise<Accepted> {
  if (order.requestHash !== requestHash(request)) {
    throw new Problem(
      'idempotency-conflict',
      `idempotency key "${order.idempotencyKey}" was used for another request; give a new key`,
      {
        field: 'idempotency-key',
      },
    );
  }
  if (order.state === 'accepted') await startOrder(order, services);
  return { order, isNew: false };
}

async function judge(
  partner: string,
  id: string,
  request: OrderRequest,
  { inventory, settings }: Needs,
): Promise<void> {
  const { hostname, connectionProfile } = request;
  const granted = Object.hasOwn(settings.grants, partner) ? (settings.grants[partner] ?? []) : [];
  if (longestZone(hostname, granted) === undefined) {
    throw new Problem(
      'name-not-allowed',
      `hostname "${hostname}" lies in no zone granted to you; granted: ${granted.join(', ') || 'none'}`,
      {
        field: 'hostname',
      },
    );
  }
  const claim = await inventory.find(claimKey(hostname));
  if (claim !== undefined && claim.value.partner !== partner) {
    throw new Problem('name-taken', `hostname "${hostname}" belongs to another partner`, { field: 'hostname' });
  }
  if (!Object.hasOwn(settings.profiles, connectionProfile)) {
    throw new Problem(
      'profile-unknown',
      `connectionProfile ${quoted(connectionProfile)} is unknown; known: ${Object.keys(settings.profiles).join(', ')}`,
      {
        field: 'connectionProfile',
      },
    );
  }
  const server = await inventory.find(serverKey(partner, hostname));
  const open = server?.value.openOrderId;
  if (open === undefined || open === id) return;
  const other = await inventory.find(orderKey(partner, open));
  if (other !== undefined && !isClosed(other.value)) {
    throw new Problem('order-open', `order "${open}" is still open for "${hostname}"; one at a time`, {
      field: 'hostname',
    });
  }
}
