// Requests (CSR) for keys that never leave our vault: made for a server, matched to the certificate that comes back.

import { createHash } from 'node:crypto';
import { publicKeyId } from '../domain/certificate-facts.ts';
import { publicKeyOf } from '../domain/chain.ts';
import { requestsPartition } from '../domain/inventory-key.ts';
import type { Key } from '../ports/inventory.ts';
import type { KeyType } from '../ports/key-pairs.ts';
import type { VaultRef } from '../ports/vault.ts';
import { allItems } from './all-items.ts';
import { getItem } from './records.ts';
import type { Services } from './services.ts';

export interface ServerRequest {
  readonly hostname: string;
  /** The hostname first. */
  readonly names: readonly string[];
  readonly keyType: KeyType;
  readonly keyRef: VaultRef;
  /** `publicKeyId` of the key. */
  readonly publicKey: string;
  readonly csrPem: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Fingerprint of the leaf that came back for it; another request then gets another key. Absent = none yet. */
  readonly answeredBy?: string | undefined;
}

type Needs = Pick<Services, 'inventory' | 'vault' | 'keyPairs' | 'clock'>;

/** Keys are never drawn twice for the same wish: each asking after the last was answered is another generation. */
const MAX_GENERATIONS = 1_000;

/**
 * The open request for these names and this kind of key, or a new one: the key is in the vault before anybody sees the request. Idempotent until a
 * certificate has come back for it.
 */
export async function requestFor(
  partner: string,
  names: readonly [string, ...string[]],
  keyType: KeyType,
  services: Needs,
): Promise<ServerRequest> {
  const { inventory, vault, keyPairs, clock } = services;
  const [hostname] = names;
  const wish = createHash('sha256')
    .update([keyType, ...names].join(' '))
    .digest('hex')
    .slice(0, 16);
  for (let generation = 1; generation <= MAX_GENERATIONS; generation += 1) {
    const key: Key<ServerRequest> = { partition: requestsPartition(partner, hostname), sort: `${wish}#${generation}` };
    const known = await inventory.find(key);
    if (known?.value.answeredBy !== undefined) continue;
    if (known !== undefined) return known.value;
    const drawn = await keyPairs.make(keyType);
    const keyRef = await vault.putOnce(
      `partners/${partner}/requests/${hostname}/${wish}-${generation}.pem`,
      Buffer.from(drawn),
    );
    const kept = Buffer.from(await vault.get(keyRef)).toString();
    await inventory.add(key, {
      hostname,
      names,
      keyType,
      keyRef,
      publicKey: publicKeyId(publicKeyOf(kept)),
      csrPem: await keyPairs.requestFor(kept, names),
      createdAt: clock.now().toISOString(),
    });
    return (await getItem(inventory, key)).value;
  }
  throw new Error(`${hostname} has more than ${MAX_GENERATIONS} requests`);
}

/** Of this server, answered or not: a certificate may come late, or again. */
export async function requestsFor(
  partner: string,
  hostname: string,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<readonly ServerRequest[]> {
  return (await allItems<ServerRequest>(inventory, requestsPartition(partner, hostname))).map(({ value }) => value);
}

/** From now on the next request for the same wish gets a new key. Idempotent. */
export async function answerRequest(
  partner: string,
  { hostname, publicKey }: Pick<ServerRequest, 'hostname' | 'publicKey'>,
  fingerprint: string,
  { inventory }: Pick<Services, 'inventory'>,
): Promise<void> {
  const items = await allItems<ServerRequest>(inventory, requestsPartition(partner, hostname));
  const item = items.find(({ value }) => value.publicKey === publicKey);
  if (item === undefined || item.value.answeredBy !== undefined) return;
  await inventory.replace(item, { ...item.value, answeredBy: fingerprint });
}
