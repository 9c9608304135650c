// Writes down which leaf is in service from now on, and when its renewal is first looked at: at once, to ask for advice.

import { X509Certificate } from 'node:crypto';
import type { Certificate } from '../domain/certificate.ts';
import { publicKeyId } from '../domain/certificate-facts.ts';
import { describeLeaf } from '../domain/chain.ts';
import type { Order } from '../domain/order.ts';
import { longestWaitMs } from '../domain/policy-judgement.ts';
import { Problem } from '../domain/problem.ts';
import { endNeedOfBypass } from './bypass-records.ts';
import { acmeKey, certificateKey, getItem, keyUseKey, orderKey, RENEWALS_SHELF } from './records.ts';
import { answerRequest } from './server-requests.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';
import { learnIntermediates } from './trust.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'clock' | 'log'>;

/** Comes before the order is closed: a certificate that is served and not kept here would never be renewed. */
export const keepCertificate = step('keep-certificate', async (input: StepInput, services: Needs) => {
  const { inventory, clock } = services;
  const { value: order } = await getItem(inventory, orderKey(input.partner, input.orderId));
  const key = certificateKey(input.partner, order.request.hostname);
  const certificate = await describe(order, services);
  const marks = { due: { shelf: RENEWALS_SHELF, at: clock.now() } };
  const known = await inventory.find(key);
  if (known?.value.fingerprint !== certificate.fingerprint) {
    const isKept =
      known === undefined
        ? await inventory.add(key, certificate, marks)
        : await inventory.replace(known, certificate, marks);
    if (isKept === undefined)
      throw new Problem('item-changed', `the certificate of "${order.request.hostname}" changed just now`);
  }
  await endNeedOfBypass(order, services);
  await remember(order, services);
  return done(
    { fingerprint: certificate.fingerprint },
    `in service until ${certificate.notAfter}; its renewal is watched`,
  );
});

/** What later certificates are judged and completed with: this chain, and whose key it is. */
async function remember(order: Order, { inventory, vault }: Needs): Promise<void> {
  const { partner, request } = order;
  const { value: work } = await getItem(inventory, acmeKey(partner, order.id));
  if (work.chainRef === undefined) return;
  const chainPem = Buffer.from(await vault.get(work.chainRef)).toString();
  await learnIntermediates(chainPem, { inventory });
  const leaf = new X509Certificate(chainPem);
  const publicKey = publicKeyId(leaf.publicKey);
  await inventory.add(keyUseKey(partner, publicKey), { hostname: request.hostname });
  if (order.imported !== undefined)
    await answerRequest(partner, { hostname: request.hostname, publicKey }, describeLeaf(leaf).fingerprint, {
      inventory,
    });
}

async function describe(order: Order, { inventory, vault, clock }: Needs): Promise<Certificate> {
  const { value: work } = await getItem(inventory, acmeKey(order.partner, order.id));
  if (work.chainRef === undefined) throw new Problem('vault-item-missing', `order "${order.id}" has no chain`);
  const leaf = describeLeaf(new X509Certificate(await vault.get(work.chainRef)));
  return {
    partner: order.partner,
    hostname: order.request.hostname,
    orderId: order.id,
    authority: work.authority,
    fingerprint: leaf.fingerprint,
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
    restartLeadMs: longestWaitMs(order.request.windowPolicy, clock.now()),
    askAgainAt: clock.now().toISOString(),
    failures: 0,
  };
}
