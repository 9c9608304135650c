// Takes an accepted order into work: its names are the partner's, and no other order is open for its certificate.

import { isClosed, type Order, orderedNames } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import type { Server } from '../domain/server.ts';
import { recordBypass } from './bypass-records.ts';
import { demandGranted, fieldOf } from './granted-names.ts';
import { changeItem, claimKey, getItem, listedMark, OPEN_SHELF, orderKey, serverKey } from './records.ts';
import { watchServer } from './server-watches.ts';
import type { Services } from './services.ts';
import { findSshKeys } from './ssh-key-records.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log' | 'settings'>;

/** A renewal was accepted long after its names were granted: they are asked for again. Also takes the order off the shelf of those not started: that this runs is the proof that an execution has it. */
export const registerOrder = step('register-order', async (input: StepInput, services: Needs) => {
  const { value: order } = await getItem(services.inventory, orderKey(input.partner, input.orderId));
  demandGranted(order.partner, order.request, services.settings);
  for (const name of orderedNames(order.request)) await claimName(name, order, services);
  await claimServer(order, services);
  await recordBypass(order, services);
  await watchServer({ partner: order.partner, hostname: order.request.hostname, orderId: order.id }, services);
  await changeItem(
    services.inventory,
    orderKey(input.partner, input.orderId),
    (now) => (isClosed(now) ? now : { ...now, state: now.state === 'accepted' ? ('working' as const) : now.state }),
    (now) =>
      isClosed(now)
        ? { listed: listedMark(now) }
        : { listed: listedMark(now), due: { shelf: OPEN_SHELF, at: new Date(now.createdAt) } },
  );
  return done(
    { isImport: order.imported !== undefined },
    `${order.request.hostname} is taken into work for ${order.request.customer}`,
  );
});

async function claimName(name: string, order: Order, { inventory }: Needs): Promise<void> {
  if ((await inventory.add(claimKey(name), { partner: order.partner })) !== undefined) return;
  const claim = await getItem(inventory, claimKey(name));
  if (claim.value.partner === order.partner) return;
  throw new Problem('name-taken', `"${name}" belongs to another partner`, { field: fieldOf(name, order.request) });
}

async function claimServer(order: Order, { inventory }: Needs): Promise<void> {
  const { hostname, customer, publicIp, sitePort, connectionProfile } = order.request;
  const key = serverKey(order.partner, hostname);
  const server: Server = {
    partner: order.partner,
    hostname,
    customer,
    publicIp,
    sitePort,
    connectionProfile,
    openOrderId: order.id,
  };
  // Set up by the script of now, which has the newest key.
  const newest = (await findSshKeys(order.partner, { inventory })).keys.at(-1);
  if ((await inventory.add(key, { ...server, sshKeyId: newest?.keyId })) !== undefined) return;

  const known = await getItem(inventory, key);
  const other = known.value.openOrderId;
  if (other !== undefined && other !== order.id) {
    const open = await inventory.find(orderKey(order.partner, other));
    if (open !== undefined && !isClosed(open.value)) {
      throw new Problem('order-open', `order "${other}" is still open for "${hostname}"; one at a time`);
    }
  }
  await inventory.replace(known, { ...known.value, ...server });
}
