// Has the leaf of an order taken back by its authority, and its successor ordered when it is the one in service.

import { Problem } from '../domain/problem.ts';
import { openKnown } from './open-authority.ts';
import { acmeKey, certificateKey, changeItem, getItem, listedMark, orderKey, RENEWALS_SHELF } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'clock' | 'log'>;

/** Nothing on the server is touched: what is served stays served until its successor's restart window. */
export const revokeLeaf = step('revoke-leaf', async (input: StepInput, services: Needs) => {
  const { inventory, vault, clock } = services;
  const { value: order } = await getItem(inventory, orderKey(input.partner, input.orderId));
  const { value: work } = await getItem(inventory, acmeKey(input.partner, input.orderId));
  if (order.revocation === undefined || order.fingerprint === undefined || work.chainRef === undefined)
    throw new Problem('nothing-to-revoke', `order "${order.id}" has no certificate to revoke`);

  const authority = await openKnown(work.authority, services);
  const chainPem = Buffer.from(await vault.get(work.chainRef)).toString();
  await authority.revoke({ chainPem, reason: order.revocation.reason });
  const revokedAt = clock.now().toISOString();
  const inService = await inventory.find(certificateKey(order.partner, order.request.hostname));
  if (inService?.value.fingerprint === order.fingerprint) {
    await changeItem(
      inventory,
      inService.key,
      (certificate) => (certificate.fingerprint === order.fingerprint ? { revokedAt, ...certificate } : certificate),
      () => ({ due: { shelf: RENEWALS_SHELF, at: clock.now() } }),
    );
  }
  await changeItem(
    inventory,
    orderKey(order.partner, order.id),
    (now) => (now.revocation === undefined ? now : { ...now, revocation: { revokedAt, ...now.revocation } }),
    (now) => ({ listed: listedMark(now) }),
  );
  return done({}, `${work.authority} has revoked ${order.fingerprint.slice(0, 16)}… (${order.revocation.reason})`);
});
