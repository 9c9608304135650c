// Servers of a partner that all let its first SSH key in, for tests of its rotation.

import type { Server } from '../../src/domain/server.ts';
import { authorizedKeyLines } from '../../src/domain/server-account.ts';
import { accountFor } from '../../src/steps/account-for.ts';
import { serverKey } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { findSshKeys, type SshKeys } from '../../src/steps/ssh-key-records.ts';
import { FIRST_SSH_KEY, type OrderWorld, PARTNER, profile } from './order-world.ts';

export interface FleetServer {
  readonly hostname: string;
  readonly address: string;
}

/** `pbx0000.northwind.test` at 203.0.113.0 and so on. */
export async function furnishFleet(world: OrderWorld, count: number): Promise<readonly FleetServer[]> {
  const fleet = Array.from({ length: count }, (_, i) => ({
    hostname: `pbx${String(i).padStart(5, '0')}.northwind.test`,
    address: `203.0.${113 + Math.floor(i / 256)}.${i % 256}`,
  }));
  for (const one of fleet) await furnishServer(world, one);
  return fleet;
}

export async function furnishServer(
  world: OrderWorld,
  { hostname, address }: FleetServer,
  change: Partial<Server> = {},
): Promise<void> {
  world.serverKeys.furnish(address, [lineFor(world, hostname, world.serverKeys.publicHalf(FIRST_SSH_KEY))]);
  await world.inventory.add(serverKey(PARTNER, hostname), {
    partner: PARTNER,
    hostname,
    customer: 'Northwind Traders',
    publicIp: address,
    sitePort: 21_326,
    connectionProfile: 'ucx-ssh',
    hostKey: `SHA256:${'A'.repeat(43)}`,
    ...change,
  });
}

/** As the set-up script would have it. */
export function lineFor(world: OrderWorld, hostname: string, publicKey: string): string {
  const account = accountFor({ hostname, sitePort: 21_326 }, profile, [publicKey], world.services().settings);
  return authorizedKeyLines(account)[0] ?? '';
}

export async function kept(world: OrderWorld, hostname: string): Promise<Server> {
  const item = await world.inventory.find(serverKey(PARTNER, hostname));
  if (item === undefined) throw new Error(`no server ${hostname}`);
  return item.value;
}

export async function sshKeys(world: OrderWorld): Promise<SshKeys> {
  return await findSshKeys(PARTNER, world);
}

/** Orders, too, only get to a server with a key that it lets in. */
export function guarded(world: OrderWorld, services: Services = world.services()): Services {
  return {
    ...services,
    appliances: {
      open: async (address) => {
        await world.serverKeys.enter(address);
        return await services.appliances.open(address);
      },
    },
  };
}
