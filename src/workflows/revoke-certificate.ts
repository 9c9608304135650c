// Somebody wants a certificate revoked: the wish is kept, and carried out until the authority has done it or a person is told.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { isClosed, type Order, type RevocationReason } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import type { Item } from '../ports/inventory.ts';
import { changeItem, listedMark, orderKey, REVOCATIONS_SHELF } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';
import { callStep } from './call-step.ts';
import type { FulfilInput } from './fulfil-order.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'clock'>;

/**
 * Idempotent for the same reason; one that failed is begun anew. Problems, each before anything is written: `not-found`, `order-open` (cancel it
 * first), `nothing-to-revoke`, `revocation-asked` (for another reason).
 */
export async function acceptRevocation(
  partner: string,
  orderId: string,
  reason: RevocationReason,
  services: Needs,
): Promise<Order> {
  const { inventory, clock } = services;
  const key = orderKey(partner, orderId);
  const known = await inventory.find(key);
  if (known === undefined) throw new Problem('not-found', `no order ${quoted(orderId)}`);
  judge(known.value, reason);
  const wished = known.value.revocation;
  if (wished?.revokedAt !== undefined) return known.value;
  if (wished !== undefined && !(await hasFailed(known.value, services))) {
    await startRevocation(known.value, services);
    return known.value;
  }
  const askedAt = clock.now();
  const order = { ...known.value, revocation: { reason, askedAt: askedAt.toISOString() } };
  await inventory.replace(known, order, { listed: listedMark(order), due: { shelf: REVOCATIONS_SHELF, at: askedAt } });
  await startRevocation(order, services);
  return order;
}

/** Idempotent: the execution is named by order and wish. */
export async function startRevocation(order: Order, { executions }: Pick<Services, 'executions'>): Promise<void> {
  await executions.start('revoke-certificate', nameOf(order), { partner: order.partner, orderId: order.id });
}

/** For the sweep: begins what a crash kept from beginning, and takes off the shelf what has ended without success. */
export async function sweepRevocation({ key, value: order }: Item<Order>, services: Needs): Promise<void> {
  if (!(await hasFailed(order, services))) return startRevocation(order, services);
  await changeItem(
    services.inventory,
    key,
    (now) => now,
    (now) => ({ listed: listedMark(now) }),
  );
}

/** Its execution is over, and the authority has not revoked: a person was told. */
async function hasFailed(order: Order, { executions }: Pick<Services, 'executions'>): Promise<boolean> {
  const state = await executions.state('revoke-certificate', nameOf(order));
  return state !== 'absent' && state !== 'running';
}

function nameOf({ id, revocation }: Order): string {
  return `revoke-${id}-${new Date(revocation?.askedAt ?? 0).getTime()}`;
}

/** The workflow: an authority that is away is tried for a day, as everything is. */
export async function revokeCertificate(
  input: FulfilInput,
  ctx: DurableContext,
): Promise<{ readonly revoked: boolean }> {
  const revoked = await callStep(ctx, 'revoke-leaf', { ...input, visit: 1 });
  if (revoked.ok) return { revoked: true };
  const why = `${revoked.problem.code}: ${revoked.problem.message}`;
  await callStep(ctx, 'send-notice', { ...input, visit: NOTICE_VISIT, notice: 'revocation-failed', why });
  return { revoked: false };
}

/** A visit no other workflow uses. */
const NOTICE_VISIT = 9_999_997;

function judge(order: Order, reason: RevocationReason): void {
  if (!isClosed(order)) throw new Problem('order-open', `order "${order.id}" is still open; cancel its restart first`);
  if (order.fingerprint === undefined)
    throw new Problem('nothing-to-revoke', `no certificate was issued for order "${order.id}"`);
  if (order.imported !== undefined)
    throw new Problem(
      'nothing-to-revoke',
      `the certificate of order "${order.id}" was brought; revoke it where it was bought`,
    );
  if (order.revocation === undefined || order.revocation.reason === reason) return;
  const { reason: asked, askedAt } = order.revocation;
  throw new Problem('revocation-asked', `it was asked for at ${askedAt} already, as ${asked}`, { field: 'reason' });
}
