// Gives our account at an authority a new key, for instance because somebody may have seen the old one.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { VaultRef } from '../ports/vault.ts';
import type { AuthorityNeeds } from './open-authority.ts';
import { type AccountRecord, accountKey, changeItem, getItem } from './records.ts';

/**
 * Safe to cut anywhere and to repeat: the new key is in the vault and noted before the authority hears of it, and a repeat that finds it noted
 * asks the authority with the new key whether the change has happened. Answers the generation of the key that is in use then. `not-found` where
 * no account is kept. Orders under way prove their names with the old key's thumbprint (RFC 8555, 8.1) and may end invalid: best run
 * when there are none. The old key stays in the vault, good for nothing.
 */
export async function rollAccountKey(authorityId: string, services: AuthorityNeeds): Promise<number> {
  const { value: account } = await getItem(services.inventory, accountKey(authorityId));
  const next = account.next ?? (await noteNext(authorityId, account, services));
  const { accountUrl } = account;
  const newKey = await readKey(next.keyRef, services);
  const changed = account.next !== undefined && (await isKnown(authorityId, newKey, services));
  if (!changed) {
    const key = await readKey(account.keyRef, services);
    const authority = await services.authorities.open(authorityId, { key, accountUrl });
    await authority.changeKey(newKey);
  }
  await changeItem(services.inventory, accountKey(authorityId), (now) =>
    now.next?.generation === next.generation ? { accountUrl: now.accountUrl, ...next } : now,
  );
  return next.generation;
}

type Next = NonNullable<AccountRecord['next']>;

/** Of two that begin at the same time both go on with the same key: the vault keeps one per generation. */
async function noteNext(authorityId: string, account: AccountRecord, services: AuthorityNeeds): Promise<Next> {
  const generation = (account.generation ?? 1) + 1;
  const drawn = await services.keyPairs.make('ec-p256');
  const name = `authorities/${authorityId}/account-key-${generation}.pem`;
  const next: Next = { keyRef: await services.vault.putOnce(name, Buffer.from(drawn)), generation };
  await changeItem(services.inventory, accountKey(authorityId), (now) =>
    now.next === undefined && (now.generation ?? 1) < generation ? { ...now, next } : now,
  );
  return next;
}

async function isKnown(authorityId: string, key: KeyObject, services: AuthorityNeeds): Promise<boolean> {
  const authority = await services.authorities.open(authorityId, { key, accountUrl: undefined });
  return (await authority.findAccount()) !== undefined;
}

async function readKey(ref: VaultRef, { vault }: AuthorityNeeds): Promise<KeyObject> {
  return createPrivateKey(Buffer.from(await vault.get(ref)).toString());
}
