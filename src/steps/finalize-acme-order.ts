// Sends the request once, takes the chain, and keeps only one that phones will accept.

import { createPublicKey } from 'node:crypto';
import { acceptChain } from '../domain/chain.ts';
import { Problem } from '../domain/problem.ts';
import type { Authority } from '../ports/authority.ts';
import { endedBy } from './acme-verdict.ts';
import { HAND_BACK_MS, POLL_MS, pauseOrHandBack } from './authority-pace.ts';
import { openKnown } from './open-authority.ts';
import { type AcmeWork, acmeKey, changeItem, getItem, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type Progress, type StepInput, step, waiting } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'clock' | 'log' | 'settings'>;

export interface Finalized {
  readonly fingerprint: string;
}

/**
 * Never finalizes twice: what the authority says of the acmeOrder is read first, and only `ready` is finalized. The chain is judged
 * before it is kept: key, names, dates, signatures up to a root the phones trust.
 */
export const finalizeAcmeOrder = step(
  'finalize-acme-order',
  async (input: StepInput, services: Needs): Promise<Progress<Finalized>> => {
    const { value: work } = await getItem(services.inventory, acmeKey(input.partner, input.orderId));
    if (work.fingerprint !== undefined)
      return noteIssued(input, work.fingerprint, 'the chain is in the vault already', services);
    if (work.orderUrl === undefined) throw new Problem('ca-order-gone', 'the acmeOrder was never kept');

    const authority = await openKnown(work.authority, services);
    const state = await finalizeOnce(authority, work.orderUrl, work.csrPem, services);
    if (state !== 'valid') return waiting('the authority is signing', state);
    return keep(input, work, await authority.download(work.orderUrl), services);
  },
);

/** Answers `valid`, or after how many milliseconds to look again. */
async function finalizeOnce(
  authority: Authority,
  orderUrl: string,
  csrPem: string,
  { clock }: Needs,
): Promise<'valid' | number> {
  let sent = false;
  for (const pauseMs of POLL_MS) {
    const view = await authority.read(orderUrl);
    if (view.status === 'valid') return 'valid';
    if (view.status !== 'ready' && view.status !== 'processing') throw endedBy(view);
    if (view.status === 'ready' && !sent) {
      sent = true;
      await authority.finalize(orderUrl, csrPem);
      continue;
    }
    const laterMs = await pauseOrHandBack(view, pauseMs, clock);
    if (laterMs !== undefined) return laterMs;
  }
  return HAND_BACK_MS;
}

async function keep(input: StepInput, work: AcmeWork, pem: string, services: Needs): Promise<Progress<Finalized>> {
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
  return noteIssued(input, fingerprint, summary, services);
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
