// Opens a server over SSH under the rules that protect it: pinned host key, and no more failed authentications than it forgives.

import type { Order, OrderRequest } from '../domain/order.ts';
import { Problem, problemCode } from '../domain/problem.ts';
import { isSshStopped, MAX_FAILED_AUTHENTICATIONS } from '../domain/server.ts';
import type { Appliance } from '../ports/appliances.ts';
import { changeItem, getItem, guardKey, serverKey } from './records.ts';
import type { Services } from './services.ts';

/** Which server, and how it is reached; an order says so, and a server. */
export interface ServerAccess {
  readonly partner: string;
  readonly request: Pick<OrderRequest, 'hostname' | 'publicIp' | 'connectionProfile'>;
  /** Absent = the one that carries the calls. */
  readonly node?: 'standby' | undefined;
}

/** Fails with `profile-unknown` where the order has none. */
export function standbyOf({ partner, request }: Order): ServerAccess {
  const { hostname, standby, connectionProfile } = request;
  if (standby === undefined) throw new Problem('profile-unknown', `"${hostname}" has no standby`);
  const { publicIp, connectionProfile: own = connectionProfile } = standby;
  return { partner, request: { hostname, publicIp, connectionProfile: own }, node: 'standby' };
}

export type ServerNeeds = Pick<Services, 'inventory' | 'appliances' | 'clock' | 'settings'>;

/** Connects, does the work and closes, whatever happens. Problems: those of `Appliances.open`, `ssh-stopped`, `profile-unknown`. */
export async function withServer<Value>(
  order: ServerAccess,
  services: ServerNeeds,
  work: (appliance: Appliance) => Promise<Value>,
): Promise<Value> {
  const appliance = await openServer(order, services);
  try {
    return await work(appliance);
  } finally {
    await appliance.close();
  }
}

async function openServer(order: ServerAccess, services: ServerNeeds): Promise<Appliance> {
  const { hostname, publicIp, connectionProfile } = order.request;
  const profile = services.settings.profiles[connectionProfile];
  if (profile === undefined) throw new Problem('profile-unknown', `no connection profile "${connectionProfile}"`);

  const guard = await services.inventory.find(guardKey(order.partner, hostname));
  if (isSshStopped(guard?.value)) {
    throw new Problem(
      'ssh-stopped',
      `"${hostname}" refused our SSH key ${MAX_FAILED_AUTHENTICATIONS} times in 24 hours; it blocks an address after six, so we stay away until a person ` +
        `has mended the key and cleared this (POST /v1/servers/${hostname}/clear-ssh-stop)`,
    );
  }
  const server = await getItem(services.inventory, serverKey(order.partner, hostname));
  try {
    const hostKey = order.node === 'standby' ? server.value.standbyHostKey : server.value.hostKey;
    return await services.appliances.open({ address: publicIp, profile, hostKey });
  } catch (error) {
    if (problemCode(error) === 'ssh-authentication-refused') await countRefusal(order, services);
    throw error;
  }
}

async function countRefusal(order: ServerAccess, services: ServerNeeds): Promise<void> {
  const key = guardKey(order.partner, order.request.hostname);
  const at = services.clock.now().toISOString();
  if ((await services.inventory.add(key, { failedAt: [at] })) !== undefined) return;
  await changeItem(services.inventory, key, (guard) => ({
    failedAt: [...guard.failedAt, at].slice(-MAX_FAILED_AUTHENTICATIONS),
  }));
}
