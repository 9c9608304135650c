// Takes an order in: one conditional item is order, idempotency record and start marker at once.

import { type Certificate, renewalKey } from '../domain/certificate.ts';
import {
  type ImportedSet,
  isClosed,
  type Order,
  type OrderRequest,
  orderedNames,
  orderId,
  requestHash,
} from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { demandGranted, fieldOf } from '../steps/granted-names.ts';
import { certificateKey, claimKey, getItem, listedMark, orderKey, serverKey } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'clock' | 'settings' | 'log'>;

export interface Accepted {
  readonly order: Order;
  /** False when the same request had been accepted before under this key. */
  readonly isNew: boolean;
}

/** Of an order with the customer's own certificate: where it is kept, and what is odd about it and no reason to refuse. */
export interface Brought {
  readonly imported: ImportedSet;
  readonly warnings: readonly string[];
}

/** Shelf of the accepted orders no execution has reported for. */
export const UNSTARTED_SHELF = 'UNSTARTED';

/**
 * A crash between the item and the start is repaired by the sweep. Problems, each before anything is written: `idempotency-conflict` (same key,
 * other request), `name-taken`, `name-not-allowed`, `order-open`, `profile-unknown`, `server-in-service`.
 */
export async function acceptOrder(
  partner: string,
  idempotencyKey: string,
  request: OrderRequest,
  services: Needs,
  brought?: Brought,
): Promise<Accepted> {
  const id = orderId(partner, idempotencyKey);
  const known = await services.inventory.find(orderKey(partner, id));
  if (known !== undefined) return repeat(known.value, request, services);

  await judge(partner, id, request, services);
  const plain = newOrder(partner, idempotencyKey, request, services);
  const order: Order = brought === undefined ? plain : { ...plain, reason: 'import', ...brought };
  if (!(await keepNew(order, services))) return acceptOrder(partner, idempotencyKey, request, services, brought);
  await startOrder(order, services);
  return { order, isNew: true };
}

/**
 * Orders again what the order of the leaf in service asked for, of a server that is in service by now; asked again for the same leaf and attempt, it is the same order. `takesOver`: where a
 * leaf lies ready. Nothing is judged
 * here: what forbids it is found by the order itself, and told to a person.
 */
export async function acceptRenewal(
  certificate: Certificate,
  takesOver: string | undefined,
  services: Needs,
): Promise<Order> {
  const { partner, orderId: servedBy, fingerprint, advice } = certificate;
  const { value: last } = await getItem(services.inventory, orderKey(partner, servedBy));
  const order: Order = {
    ...newOrder(
      partner,
      renewalKey(certificate),
      { ...last.request, inService: undefined, bypass: undefined },
      services,
    ),
    reason: 'renew',
    renews: fingerprint,
    replaces: advice?.ariCertId,
    takesOver,
  };
  if (await keepNew(order, services)) {
    await startOrder(order, services);
    return order;
  }
  const { value: known } = await getItem(services.inventory, orderKey(partner, order.id));
  if (known.state === 'accepted') await startOrder(known, services);
  return known;
}

function newOrder(partner: string, idempotencyKey: string, request: OrderRequest, { clock }: Needs): Order {
  return {
    id: orderId(partner, idempotencyKey),
    partner,
    idempotencyKey,
    requestHash: requestHash(request),
    request,
    reason: 'provision',
    state: 'accepted',
    createdAt: clock.now().toISOString(),
    warnings: [],
  };
}

/** False when there is one under its id already. */
async function keepNew(order: Order, { inventory }: Needs): Promise<boolean> {
  const marks = { due: { shelf: UNSTARTED_SHELF, at: new Date(order.createdAt) }, listed: listedMark(order) };
  return (await inventory.add(orderKey(order.partner, order.id), order, marks)) !== undefined;
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
  demandGranted(partner, request, settings);
  for (const name of orderedNames(request)) {
    const claim = await inventory.find(claimKey(name));
    if (claim === undefined || claim.value.partner === partner) continue;
    const field = fieldOf(name, request);
    throw new Problem('name-taken', `${field} "${name}" belongs to another partner`, { field });
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
  if (request.inService === false && (await inventory.find(certificateKey(partner, hostname))) !== undefined) {
    throw new Problem(
      'server-in-service',
      `inService is false, and "${hostname}" serves a certificate of ours; leave it out`,
      {
        field: 'inService',
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
