// Sends the request once, takes the chain, and keeps only one that phones will accept.

import { createPublicKey } from 'node:crypto';
import { acceptChain } from '../domain/chain.ts';
import type { AcmeOrderView, Authority, DownloadedChain } from '../ports/authority.ts';
import type { Item } from '../ports/inventory.ts';
import { endedBy } from './acme-verdict.ts';
import { HAND_BACK_MS, POLL_MS, pauseOrHandBack } from './authority-pace.ts';
import { openKnown } from './open-authority.ts';
import { neverKept, placedOrder } from './placed-acme-order.ts';
import { type AcmeWork, acmeKey, changeItem, getItem, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type Progress, type StepInput, step, waiting } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'clock' | 'log' | 'settings'>;

export interface Finalized {
  readonly fingerprint: string;
}

/**
 * Never finalizes twice: that the CSR is about to be sent is kept first, and whoever finds that kept asks the authority before sending; only
 * `ready` is finalized then. The chain is judged before it is kept: key, names, dates, signatures up to a root the phones trust.
 */
export const finalizeAcmeOrder = step(
  'finalize-acme-order',
  async (input: StepInput, services: Needs): Promise<Progress<Finalized>> => {
    const item = await getItem(services.inventory, acmeKey(input.partner, input.orderId));
    const { value: work } = item;
    if (work.fingerprint !== undefined)
      return noteIssued(input, work.fingerprint, 'the chain is in the vault already', services);
    if (work.orderUrl === undefined) throw neverKept();

    const authority = await openKnown(work.authority, services);
    const view = await finalizeOnce(authority, item, services);
    const { certificateUrl, laterMs } = await awaitIssued(authority, work.orderUrl, view, services);
    if (certificateUrl === undefined) return waiting('the authority is signing', laterMs);
    return keep(input, work, await authority.download(certificateUrl), services);
  },
);

/** Of two that come at the same time one keeps the mark; the other fails with `item-changed` and comes again. */
async function finalizeOnce(authority: Authority, item: Item<AcmeWork>, { inventory }: Needs): Promise<AcmeOrderView> {
  const { value: work } = item;
  const { orderUrl = '', finalizing } = work;
  if (finalizing === undefined) {
    const placed = await placedOrder(work, authority);
    await inventory.replace(item, { ...work, finalizing: true }, item.marks);
    return await authority.finalize(placed, work.csrPem);
  }
  const view = await authority.readOrder(orderUrl);
  if (view.status !== 'ready' || view.placed === undefined) return view;
  return await authority.finalize({ ...view.placed, names: work.names }, work.csrPem);
}

/** Answers where the chain is, or after how many milliseconds to look again. */
async function awaitIssued(
  authority: Authority,
  orderUrl: string,
  finalized: AcmeOrderView,
  { clock }: Needs,
): Promise<Pick<AcmeOrderView, 'certificateUrl'> & { readonly laterMs: number }> {
  let view = finalized;
  for (const pauseMs of POLL_MS) {
    if (view.certificateUrl !== undefined) break;
    // `ready`: the CSR was taken, and whoever answered has not heard of it yet.
    if (view.status !== 'ready' && view.status !== 'processing') throw endedBy(view);
    const laterMs = await pauseOrHandBack(view, pauseMs, clock);
    if (laterMs !== undefined) return { certificateUrl: undefined, laterMs };
    view = await authority.readOrder(orderUrl);
  }
  return { certificateUrl: view.certificateUrl, laterMs: HAND_BACK_MS };
}

async function keep(
  input: StepInput,
  work: AcmeWork,
  { chainPem: pem, note }: DownloadedChain,
  services: Needs,
): Promise<Progress<Finalized>> {
  const { leaf, chainPem } = acceptChain(pem, {
    names: work.names,
    publicKey: createPublicKey(work.publicKeyPem),
    roots: services.settings.roots,
    now: services.clock.now(),
  });
  const chainRef = await services.vault.put(
    `partners/${input.partner}/orders/${input.orderId}/chain-${work.round}.pem`,
    Buffer.from(chainPem),
  );
  const { fingerprint } = leaf;
  await changeItem(services.inventory, acmeKey(input.partner, input.orderId), (now) => ({
    ...now,
    chainRef,
    fingerprint,
  }));
  const summary = `${leaf.names.join(', ')} from ${leaf.issuer}, valid until ${leaf.notAfter.toISOString()}`;
  return noteIssued(input, fingerprint, note === undefined ? summary : `${summary}; ${note}`, services);
}

/** The work is kept first and the order last: a cut between the two is mended by the repeat. */
async function noteIssued(
  input: StepInput,
  fingerprint: string,
  summary: string,
  { inventory }: Needs,
): Promise<Progress<Finalized>> {
  await changeItem(inventory, orderKey(input.partner, input.orderId), (order) =>
    order.fingerprint === fingerprint ? order : { ...order, fingerprint },
  );
  return done({ fingerprint }, summary);
}
