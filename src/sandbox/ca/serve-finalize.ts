// From a ready order and its CSR to a certificate, once: what is accepted is issued, also after a kill in between.

import { setTimeout as delay } from 'node:timers/promises';
import { orderStatus } from './acme-objects.ts';
import { profileToIssue } from './ca-profiles.ts';
import { spentByLeaf } from './ca-rate-limits.ts';
import type { CertificateRecord, OrderRecord } from './ca-records.ts';
import { asRefusal, CaRefusal } from './ca-refusal.ts';
import { drawEarlyShare } from './ca-renewal-window.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { checkCsr } from './check-csr.ts';
import { issueLeaf, type LeafRequest } from './issue-leaf.ts';
import { parseObject } from './jws-parts.ts';
import { recheckCaa } from './recheck-caa.ts';
import { drawMs } from './seeded-luck.ts';
import { newId } from './serve-accounts.ts';
import { answerOrder, getOrder } from './serve-orders.ts';

export async function serveFinalize(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const asked = getOrder(world, request);
  world.store.keep({ ...asked, finalizeRequests: asked.finalizeRequests + 1 });
  const { csr } = parseObject(request.payload, 'payload');
  refuseUnlessReady(world, asked.id);
  profileToIssue(asked.profile, world.dials().profiles);
  await checked(world, asked, csr);
  await recheckCaa(world, asked);

  // While all that was looked at another request may have come; only one is accepted.
  const order: OrderRecord = { ...refuseUnlessReady(world, asked.id), csr: String(csr) };
  world.store.keep(order);
  await world.inBackground(`order ${order.id}`, (signal) => issue(world, order.id, signal));
  return answerOrder(world, latest(world, order.id), 200);
}

/** Takes up what was accepted in an earlier life and not issued. */
export function resumeIssuing(world: CaWorld): void {
  for (const order of world.store.orders()) {
    if (orderStatus(world, order) !== 'processing') continue;
    void world.inBackground(`order ${order.id}`, (signal) => issue(world, order.id, signal));
  }
}

function refuseUnlessReady(world: CaWorld, orderId: string): OrderRecord {
  const order = latest(world, orderId);
  const status = orderStatus(world, order);
  if (status !== 'ready') throw new CaRefusal('orderNotReady', `order is ${status}, not ready`);
  return order;
}

async function issue(world: CaWorld, orderId: string, signal: AbortSignal): Promise<void> {
  await delay(
    drawMs(world.dials().finalizeDelayMs, () => world.random()),
    undefined,
    { signal, ref: false },
  );
  const outcome = await newCertificate(world, latest(world, orderId)).catch(asRefusal);
  signal.throwIfAborted();
  if (outcome instanceof CaRefusal) {
    world.store.keep({ ...latest(world, orderId), error: outcome.document });
    return;
  }
  const order = latest(world, orderId);
  world.store.keep(outcome, { ...order, certificateId: outcome.id }, ...spentByLeaf(world, order));
  world.count('issued');
}

async function newCertificate(world: CaWorld, order: OrderRecord): Promise<CertificateRecord> {
  const { failIssuance, intermediateChanged, lifetimeDays, earlyWindows } = world.dials();
  if (failIssuance) throw new CaRefusal('serverInternal', 'the leaf could not be signed');
  const intermediate = intermediateChanged ? 1 : 0;
  const request = await checked(world, order, order.csr);
  const profile = profileToIssue(order.profile, world.dials().profiles);
  const { pem, serial } = await issueLeaf(request, world.issuers.intermediates[intermediate], {
    lean: profile.lean,
    lifetimeDays: profile.lifetimeDays ?? lifetimeDays,
    now: world.now(),
    crlUrl: world.urls.crl(intermediate),
    issuerUrl: world.urls.issuer(intermediate),
  });
  const { id: orderId, accountId } = order;
  const isEarly = world.random() < earlyWindows;
  return {
    kind: 'certificate',
    id: newId(),
    orderId,
    accountId,
    leafPem: pem,
    serial,
    intermediate,
    ...(isEarly ? { earlyShare: drawEarlyShare(world.random()) } : {}),
  };
}

function checked(world: CaWorld, order: OrderRecord, csr: unknown): Promise<LeafRequest> {
  return checkCsr(csr, order.names, (thumbprint) => world.store.findAccountByThumbprint(thumbprint) !== undefined);
}

function latest(world: CaWorld, orderId: string): OrderRecord {
  const order = world.store.findOrder(orderId);
  if (order === undefined) throw new Error(`order ${orderId} has vanished`);
  return order;
}
