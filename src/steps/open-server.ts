// Opens a server over SSH for some work, and closes it whatever happens.

import type { Order, OrderRequest } from '../domain/order.ts';
import { Problem } from '../domain/problem.ts';
import type { Appliance } from '../ports/appliances.ts';
import { logInTo } from './server-login.ts';
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

/** Connects, does the work and closes, whatever happens. Problems: those of `logInTo`. */
export async function withServer<Value>(
  order: ServerAccess,
  services: ServerNeeds,
  work: (appliance: Appliance) => Promise<Value>,
): Promise<Value> {
  const appliance = await logInTo(order, services, (address) => services.appliances.open(address));
  try {
    return await work(appliance);
  } finally {
    await appliance.close();
  }
}
