// Draws the key pair, keeps it, and orders a leaf for it from the authority.

import { publicKeyOf } from '../domain/chain.ts';
import { type Order, orderedNames } from '../domain/order.ts';
import { openAccount } from './open-authority.ts';
import { type AcmeWork, acmeKey, changeItem, getItem, orderKey } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'keyPairs' | 'clock' | 'log'>;

/** `round` 1 is the first attempt; the workflow counts on when the authority has forgotten an acmeOrder. */
export interface PlaceInput extends StepInput {
  readonly round: number;
}

/**
 * The key pair is in the vault before the authority hears of the order, and the acmeOrder is kept the moment it is known. A cut between
 * the two may leave a pending acmeOrder behind at the authority; it ends there by itself.
 */
export const placeAcmeOrder = step('place-acme-order', async (input: PlaceInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  const work = await prepare(order, input.round, services);
  if (work.fingerprint !== undefined)
    return done(
      { orderUrl: work.orderUrl },
      `goes on with the leaf of order "${order.takesOver}", which was never served`,
    );
  if (work.orderUrl !== undefined)
    return done({ orderUrl: work.orderUrl }, `the order at ${work.authority} stands already`);

  const authority = await openAccount(work.authority, services);
  const { orderUrl, finalizeUrl, authorizationUrls } = await authority.place({
    names: work.names,
    replaces: order.replaces,
  });
  const kept = await changeItem(services.inventory, acmeKey(order.partner, order.id), (now) =>
    now.round === input.round && now.orderUrl === undefined
      ? { ...now, orderUrl, finalizeUrl, authorizationUrls }
      : now,
  );
  return done(
    { orderUrl: kept.orderUrl ?? orderUrl },
    `ordered from ${work.authority} for a new ${order.request.keyType} key pair`,
  );
});

async function prepare(order: Order, round: number, services: Needs): Promise<AcmeWork> {
  const key = acmeKey(order.partner, order.id);
  const known = await services.inventory.find(key);
  if (known !== undefined && known.value.round === round) return known.value;
  const ready =
    order.takesOver === undefined ? undefined : await services.inventory.find(acmeKey(order.partner, order.takesOver));
  if (known === undefined && ready?.value.fingerprint !== undefined) {
    const takenOver = { ...ready.value, round, txtRecords: [] };
    await services.inventory.add(key, takenOver);
    return takenOver;
  }

  const drawn = await services.keyPairs.make(order.request.keyType);
  const keyRef = await services.vault.putOnce(
    `partners/${order.partner}/orders/${order.id}/leaf-key-${round}.pem`,
    Buffer.from(drawn),
  );
  const kept = Buffer.from(await services.vault.get(keyRef)).toString();
  const names = orderedNames(order.request);
  const work: AcmeWork = {
    round,
    authority: order.request.authority,
    names,
    keyRef,
    publicKeyPem: publicKeyOf(kept).export({ type: 'spki', format: 'pem' }).toString(),
    csrPem: await services.keyPairs.requestFor(kept, names),
    txtRecords: known?.value.txtRecords ?? [],
  };
  if (known === undefined) await services.inventory.add(key, work);
  else await services.inventory.replace(known, work);
  return work;
}
