// One certificate, and twenty, by us and by acme-client in turn.

import { generateKeyPairSync } from 'node:crypto';
import { openAcmeClient } from './issue-acme-client.ts';
import type { World } from './issue-authorities.ts';
import { atATime, type CaseLine, interleaved, lineOf, median, newName, rounded } from './issue-measure.ts';
import { type Issuer, openOurs } from './issue-world.ts';

/** Requests of one certificate on an account that stands: order, authorization, challenge, order, finalize, order, chain. */
const MAX_REQUESTS = 7;

interface Kind {
  readonly keyType: 'ec-p256' | 'rsa-2048';
  readonly keys?: readonly string[];
}

export async function oneEc(world: World): Promise<CaseLine> {
  return await onePairs(world, 'one-ec', { keyType: 'ec-p256' });
}

/** Keys are made beforehand: drawing one takes 0.1 to 0.5 s by luck, which would be all that is measured. */
export async function oneRsa(world: World): Promise<CaseLine> {
  const options = { type: 'pkcs8', format: 'pem' } as const;
  const keys = Array.from({ length: 20 }, () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(options).toString(),
  );
  return await onePairs(world, 'one-rsa', { keyType: 'rsa-2048', keys });
}

async function onePairs(world: World, name: string, kind: Kind): Promise<CaseLine> {
  const { authority, dns } = world;
  const ours = await openOurs(authority, dns, kind);
  const peer = await fasterOf(world, kind);
  const requests = await requestsOf(world, ours);
  const n = 30;
  const measured = await interleaved(
    n,
    () => ours.issue(newName()),
    () => peer.issue(newName()),
  );
  const barRatio = 1.1;
  return lineOf({ name, n, peer: peer.name }, measured, {
    requestsPerCertificate: rounded(requests, 2),
    barRatio,
    barRequests: MAX_REQUESTS,
    held: measured.ratio <= barRatio && requests <= MAX_REQUESTS,
  });
}

export async function twenty(
  world: World,
  {
    name,
    n,
    width,
    barRatio,
  }: { readonly name: string; readonly n: number; readonly width: number; readonly barRatio: number },
): Promise<CaseLine> {
  const { authority, dns } = world;
  const ours = await openOurs(authority, dns, { keyType: 'ec-p256' });
  const peer = await fasterOf(world, { keyType: 'ec-p256' });
  const all = (issuer: Issuer) => atATime(width, Array.from({ length: 20 }, newName), issuer.issue);
  // The first wave fetches the nonces that all later ones hand on.
  await all(ours);
  const before = await world.requests();
  await all(ours);
  const requests = ((await world.requests()) - before) / 20;
  const measured = await interleaved(
    n,
    () => all(ours),
    () => all(peer),
  );
  return lineOf({ name, n, peer: peer.name }, measured, {
    requestsPerCertificate: rounded(requests, 2),
    barRatio,
    held: measured.ratio <= barRatio,
  });
}

export async function slow({ authority, dns }: World): Promise<CaseLine> {
  const ours = await openOurs(authority, dns, { keyType: 'ec-p256' });
  const peer = await openAcmeClient(authority, dns, { keyType: 'ec-p256', way: 'steps' });
  const n = 3;
  const measured = await interleaved(
    n,
    () => ours.issue(newName()),
    () => peer.issue(newName()),
  );
  const barMs = 900;
  const held = measured.ours <= barMs;
  return lineOf({ name: 'slow-authority', n, peer: peer.name }, measured, { floorMs: 600, barMs, held });
}

/** acme-client in the way that suits it better here. */
async function fasterOf({ authority, dns }: World, kind: Kind): Promise<Issuer> {
  const auto = await openAcmeClient(authority, dns, { ...kind, way: 'auto' });
  const steps = await openAcmeClient(authority, dns, { ...kind, way: 'steps' });
  const { ratio } = await interleaved(
    5,
    () => auto.issue(newName()),
    () => steps.issue(newName()),
  );
  return ratio < 1 ? auto : steps;
}

/** The median of single certificates, one after the other: an authority that is not done at the first look costs a request more. */
async function requestsOf({ requests }: World, issuer: Issuer): Promise<number> {
  await issuer.issue(newName());
  const counts: number[] = [];
  let before = await requests();
  for (let certificate = 0; certificate < 20; certificate += 1) {
    await issuer.issue(newName());
    const after = await requests();
    counts.push(after - before);
    before = after;
  }
  return median(counts);
}
