// Opens an authority with the one account we have there, made on first use and kept.

import { createPrivateKey } from 'node:crypto';
import type { Authority } from '../ports/authority.ts';
import type { AuthorityAccount } from '../ports/authority-account.ts';
import { accountKey, changeItem, getItem } from './records.ts';
import type { Services } from './services.ts';

export type AuthorityNeeds = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'keyPairs'>;

/**
 * The account key is drawn once per authority (`putOnce`: of two first orders at the same time, one key wins) and the account URL kept as
 * soon as the authority has said it. Making the account again with the same key answers the same account (RFC 8555, 7.3.1).
 */
export async function openAccount(authorityId: string, services: AuthorityNeeds): Promise<Authority> {
  const known = await services.inventory.find(accountKey(authorityId));
  if (known?.value.accountUrl !== undefined) return openKnown(authorityId, services);

  const drawn = await services.keyPairs.make('ec-p256');
  const keyRef = await services.vault.putOnce(`authorities/${authorityId}/account-key.pem`, Buffer.from(drawn));
  await services.inventory.add(accountKey(authorityId), { keyRef });
  const authority = await openKnown(authorityId, services);
  const { accountUrl } = await authority.ensureAccount();
  await changeItem(services.inventory, accountKey(authorityId), (account) => ({ ...account, accountUrl }));
  return openKnown(authorityId, services);
}

/** For the steps after the first: the account stands already. */
export async function openKnown(
  authorityId: string,
  services: Omit<AuthorityNeeds, 'keyPairs'>,
): Promise<Authority & AuthorityAccount> {
  const { value: account } = await getItem(services.inventory, accountKey(authorityId));
  const key = createPrivateKey(Buffer.from(await services.vault.get(account.keyRef)).toString());
  return services.authorities.open(authorityId, { key, accountUrl: account.accountUrl });
}
