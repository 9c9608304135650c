// Where Let's Encrypt's rate limits hold while the dial `letsEncryptLimits` is turned: refused before work, counted with what is done.

import { retryAfterHeader } from './acme-objects.ts';
import {
  type AuthorizationRecord,
  type BucketRecord,
  type CertificateRecord,
  nameSetOf,
  type OrderRecord,
  splitName,
} from './ca-records.ts';
import { CaRefusal } from './ca-refusal.ts';
import { isWithinWindow } from './ca-renewal-window.ts';
import type { CaWorld } from './ca-world.ts';
import { letsEncryptLimits, type RateLimitName, registeredDomain, spend, waitMs } from './lets-encrypt-limits.ts';
import { windowOf } from './serve-renewal-info.ts';

/** `all`: a renewal inside the window we suggested. `renewal`: of the same names, which spares it the first two limits. */
export type LimitExemption = NonNullable<OrderRecord['exemption']>;

/** Boulder, wfe2: so long after it was ordered a set of names counts as one to be renewed. */
const RENEWED_WITHIN_MS = 120 * 86_400_000;

export interface OrderToBe {
  readonly accountId: string;
  readonly names: readonly string[];
  /** What it renews. */
  readonly replaced: CertificateRecord | undefined;
}

export interface Admission {
  readonly exemption: LimitExemption | undefined;
  /** To be kept together with the order. */
  readonly spent: readonly BucketRecord[];
}

/** Refuses with `rateLimited`, `Retry-After` and the limit that takes longest, or says what the order costs. */
export function admitOrder(world: CaWorld, order: OrderToBe): Admission {
  if (!world.dials().letsEncryptLimits) return { exemption: undefined, spent: [] };
  const exemption = exemptionOf(world, order);
  if (exemption === 'all') return { exemption, spent: [] };
  const { accountId, names } = order;
  const orders: Bucket = ['newOrdersPerAccount', accountId];
  refuseEmpty(world, [
    ...(exemption === 'renewal' ? [] : [orders, ...domainsOf(names)]),
    ['certificatesPerNameSet', nameSetOf(names)],
    ...names.map((name): Bucket => ['failedAuthorizations', `${accountId} ${splitName(name).base}`]),
  ]);
  return { exemption, spent: exemption === 'renewal' ? [] : [taken(world, orders)] };
}

/** As above, for an account from an address. */
export function admitAccount(world: CaWorld, address: string): readonly BucketRecord[] {
  if (!world.dials().letsEncryptLimits) return [];
  const bucket: Bucket = ['accountsPerAddress', address];
  refuseEmpty(world, [bucket]);
  return [taken(world, bucket)];
}

/** What an issued leaf costs; to be kept together with it. */
export function spentByLeaf(world: CaWorld, { names, exemption }: OrderRecord): readonly BucketRecord[] {
  if (!world.dials().letsEncryptLimits || exemption === 'all') return [];
  const domains = exemption === 'renewal' ? [] : domainsOf(names);
  return [...domains, ['certificatesPerNameSet', nameSetOf(names)] as const].map((bucket) => taken(world, bucket));
}

/** What a failed authorization costs; to be kept together with it. */
export function spentByFailure(world: CaWorld, { accountId, name }: AuthorizationRecord): readonly BucketRecord[] {
  if (!world.dials().letsEncryptLimits) return [];
  return [taken(world, ['failedAuthorizations', `${accountId} ${name}`])];
}

/** Which limit, and whose bucket of it. */
type Bucket = readonly [limit: RateLimitName, whose: string];

function domainsOf(names: readonly string[]): readonly Bucket[] {
  const domains = new Set(names.map((name) => registeredDomain(splitName(name).base)));
  return [...domains].map((domain): Bucket => ['certificatesPerDomain', domain]);
}

function exemptionOf(world: CaWorld, { names, replaced }: OrderToBe): LimitExemption | undefined {
  const now = world.now();
  if (replaced !== undefined && isWithinWindow(windowOf(world, replaced), now)) return 'all';
  const before = world.store.lastIssuedFor(names);
  const orderedAtMs = Date.parse(before?.createdAt ?? '');
  return now.getTime() - orderedAtMs <= RENEWED_WITHIN_MS ? 'renewal' : undefined;
}

function refuseEmpty(world: CaWorld, buckets: readonly Bucket[]): void {
  const nowMs = world.now().getTime();
  const waits = buckets.map((bucket) => ({
    bucket,
    ms: waitMs(letsEncryptLimits[bucket[0]], world.store.findBucket(idOf(bucket))?.fullAtMs, nowMs),
  }));
  const worst = waits.reduce((longest, wait) => (wait.ms > longest.ms ? wait : longest));
  if (worst.ms === 0) return;
  world.count('rateLimited');
  const seconds = Math.ceil(worst.ms / 1000);
  throw new CaRefusal('rateLimited', detailOf(worst.bucket, new Date(nowMs + seconds * 1000)), {
    headers: retryAfterHeader(seconds, world.dials().retryAfterAsDate, world.now()),
  });
}

function detailOf([limit, whose]: Bucket, at: Date): string {
  const { count, periodMs, of } = letsEncryptLimits[limit];
  const subject = limit === 'newOrdersPerAccount' ? '' : ` ${whose.split(' ').at(-1)}`;
  return `too many (${count}) ${of}${subject} in the last ${periodMs / 3_600_000}h, retry after ${at.toISOString()}: ${limit}`;
}

function taken(world: CaWorld, bucket: Bucket): BucketRecord {
  const id = idOf(bucket);
  const fullAtMs = spend(letsEncryptLimits[bucket[0]], world.store.findBucket(id)?.fullAtMs, world.now().getTime());
  return { kind: 'bucket', id, fullAtMs };
}

function idOf([limit, whose]: Bucket): string {
  return `${limit} ${whose}`;
}
