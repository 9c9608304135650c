// Takes the customer's own certificate for the one of its order: what the authority would have issued lies in the vault already.

import { X509Certificate } from 'node:crypto';
import { describeLeaf } from '../domain/chain.ts';
import { IMPORTED } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import { acmeKey, changeItem, getItem, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'clock' | 'log'>;

/** It was judged when it was brought; only time may have passed since. One that has ended is `certificate-refused`. */
export const adoptCertificate = step('adopt-certificate', async (input: StepInput, services: Needs) => {
  const { inventory, vault, clock } = services;
  const { value: order } = await getItem(inventory, orderKey(input.partner, input.orderId));
  if (order.imported === undefined)
    throw new Problem('vault-item-missing', `order "${order.id}" brought no certificate`);
  const { keyRef, chainRef } = order.imported;
  const certificate = new X509Certificate(await vault.get(chainRef));
  const leaf = describeLeaf(certificate);
  if (leaf.notAfter <= clock.now())
    throw new Problem('certificate-refused', `the certificate that was brought ended ${leaf.notAfter.toISOString()}`);
  await inventory.add(acmeKey(order.partner, order.id), {
    ...{ round: 0, authority: IMPORTED, names: leaf.names, keyRef, chainRef, csrPem: '', txtRecords: [] },
    publicKeyPem: certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: leaf.fingerprint,
  });
  await changeItem(inventory, orderKey(order.partner, order.id), (now) => ({ ...now, fingerprint: leaf.fingerprint }));
  return done(
    { fingerprint: leaf.fingerprint },
    `the customer’s own, by ${leaf.issuer}, until ${leaf.notAfter.toISOString()}`,
  );
});
