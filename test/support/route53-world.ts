// Route 53's sandbox in a folder of its own with the production adapter in front; everything closed when the test ends.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { route53Client } from '../../src/adapters/aws/route53-client.ts';
import { Route53Zones, type Route53ZonesOptions } from '../../src/adapters/aws/route53-zones.ts';
import { AuthoritativeDns } from '../../src/adapters/dns/authoritative-dns.ts';
import { kindRoute53Dials, type Route53Dials } from '../../src/sandbox/route53/route53-dials.ts';
import { SandboxRoute53 } from '../../src/sandbox/route53/sandbox-route53.ts';

export interface Route53World {
  readonly folder: string;
  readonly sandbox: SandboxRoute53;
  readonly zones: Route53Zones;
  /** Another adapter to the same sandbox. */
  readonly another: (options?: Partial<Route53ZonesOptions>) => Route53Zones;
}

/** Buckets are wide unless a dial says otherwise: dozens of requests in a test are not what is tested. */
export async function openRoute53World(dials: Partial<Route53Dials> = {}): Promise<Route53World> {
  const folder = await mkdtemp(join(tmpdir(), 'ucx-route53-'));
  const sandbox = await SandboxRoute53.start({
    folder,
    zones: ['northwind.test', 'lab.northwind.test'],
    now: () => new Date(),
    random: seeded(7),
    dials: { ...kindRoute53Dials, requestBurst: 10_000, ...dials },
  });
  const another = (options: Partial<Route53ZonesOptions> = {}) => adapterTo(sandbox, options);
  onTestFinished(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { folder, sandbox, zones: another(), another };
}

function adapterTo(sandbox: SandboxRoute53, options: Partial<Route53ZonesOptions>): Route53Zones {
  const client = route53Client({ endpoint: sandbox.endpoint, credentials: sandbox.accessKey });
  onTestFinished(() => client.destroy());
  const dns = new AuthoritativeDns({
    addressOf: async (server) => sandbox.nameServers.find(({ name }) => name === server),
    timeoutMs: 150,
    attempts: 1,
  });
  return new Route53Zones({
    client,
    askServer: (server, name, type) => dns.ask(server, name, type),
    now: () => new Date(),
    random: seeded(11),
    pause: () => new Promise((done) => setImmediate(done)),
    ...options,
  });
}

/** The same numbers each time: Park and Miller, "Random number generators: good ones are hard to find", 1988. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}
