// The world both sides of the bench meet, fresh for each: a zone in the sandbox's Route 53 with the limits of the real one, and a CA.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxCa } from '../src/sandbox/ca/sandbox-ca.ts';
import { defaultRoute53Dials } from '../src/sandbox/route53/route53-dials.ts';
import { SandboxRoute53 } from '../src/sandbox/route53/sandbox-route53.ts';

export const ZONE = 'northwind.test';

/** How long a change takes to be everywhere. */
export const INSYNC_MS = 1_000;

export interface ZoneWorld {
  readonly folder: string;
  readonly route53: SandboxRoute53;
  readonly ca: SandboxCa;
  close(): Promise<void>;
}

/** What one side needed. */
export interface ZoneCost {
  readonly names: number;
  /** Change batches whose publication somebody waited for. */
  readonly insyncWaits: number;
  readonly apiCalls: number;
  readonly throttled: number;
  readonly seconds: number;
}

/** The CA is calm for both: nothing is refused by chance, nothing proven already, and it looks and signs at once. */
export async function openZoneWorld(names: readonly string[]): Promise<ZoneWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-zone-'));
  const route53 = await SandboxRoute53.start({
    folder: join(folder, 'route53'),
    zones: [ZONE],
    now: () => new Date(),
    random: () => 0.5,
    dials: {
      ...defaultRoute53Dials,
      insyncDelayMs: INSYNC_MS,
      serversLagMs: 0,
      throttle: 0,
      changeConflicts: 0,
      answersLost: 0,
    },
  });
  for (const name of names) route53.put({ name, type: 'A', ttl: 60, values: ['203.0.113.10'] });
  const ca = await SandboxCa.start({
    folder: join(folder, 'ca'),
    dnsServers: route53.nameServers.map(({ address, port }) => `${address}:${port}`),
    dials: { refuseNonces: 0, reuseAuthorizations: 0, validationDelayMs: [0, 10], finalizeDelayMs: [0, 10] },
  });
  return {
    folder,
    route53,
    ca,
    close: async () => {
      await ca.close();
      await route53.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function callsOf(route53: SandboxRoute53): number {
  return Object.values(route53.counts.requests).reduce((sum, count) => sum + count, 0);
}
