// Whom phones trust, and which intermediates are known: what a chain is judged and completed with.

import { X509Certificate } from 'node:crypto';
import { type CertificateFacts, readCertificateFacts } from '../domain/certificate-facts.ts';
import { makeTrust, type Trust } from '../domain/chain-building.ts';
import { intermediatesPartition } from '../domain/inventory-key.ts';
import type { Key } from '../ports/inventory.ts';
import { allItems } from './all-items.ts';
import type { Services, Settings } from './services.ts';

export interface KnownIntermediate {
  readonly pem: string;
}

const read = new WeakMap<Settings, Trust>();

/** Read once for the same settings. */
export function trustOf(settings: Settings): Trust {
  const known = read.get(settings);
  if (known !== undefined) return known;
  const trust = makeTrust({ publicRoots: settings.publicRoots ?? [], addedRoots: settings.roots });
  read.set(settings, trust);
  return trust;
}

const intermediateKey = (fingerprint: string): Key<KnownIntermediate> => ({
  partition: intermediatesPartition(),
  sort: fingerprint,
});

/** More than a handful of authorities never issues to one service; whoever brings others cannot crowd these out. */
const MAX_KNOWN = 500;

/** Those our people added, and those of chains that were served. One that has ended is left out. */
export async function knownIntermediates({
  inventory,
  settings,
  clock,
}: Pick<Services, 'inventory' | 'settings' | 'clock'>): Promise<readonly CertificateFacts[]> {
  const kept = await allItems<KnownIntermediate>(inventory, intermediatesPartition());
  const pems = [...(settings.intermediates ?? []), ...kept.slice(0, MAX_KNOWN).map(({ value }) => value.pem)];
  const now = clock.now();
  return pems.map((pem) => readCertificateFacts(new X509Certificate(pem).raw)).filter(({ notAfter }) => notAfter > now);
}

/** Of a chain that phones trust: the next customer who forgets them does not need to send them. Idempotent. */
export async function learnIntermediates(chainPem: string, { inventory }: Pick<Services, 'inventory'>): Promise<void> {
  const blocks = chainPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  for (const pem of blocks.slice(1)) {
    const { fingerprint } = readCertificateFacts(new X509Certificate(pem).raw);
    await inventory.add(intermediateKey(fingerprint), { pem });
  }
}
