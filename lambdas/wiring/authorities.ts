// The authorities of the deployment stage, with the external accounts that some of them want.

import { AcmeAuthorities, type AcmeAuthoritySettings } from '../../src/adapters/acme/acme-authorities.ts';
import { readExternalAccount } from '../../src/adapters/aws/secret-external-accounts.ts';
import { secretNames, setting } from '../settings.ts';
import { network } from './network.ts';
import { secrets } from './secrets.ts';
import { stage } from './stage.ts';

/** `withAccounts`: for the step that makes accounts; no other reads their secrets. */
export async function authorities({ withAccounts = false } = {}): Promise<AcmeAuthorities> {
  const entries = Object.entries(stage().authorities).map(async ([id, { externalAccount, ...server }]) => {
    const known: AcmeAuthoritySettings = {
      directoryUrl: server.directoryUrl,
      ...(server.contact === undefined ? {} : { contact: server.contact }),
      ...(server.acmeProfile === undefined ? {} : { acmeProfile: server.acmeProfile }),
      ...(server.preferredChain === undefined ? {} : { preferredChain: server.preferredChain }),
    };
    if (!externalAccount || !withAccounts) return [id, known] as const;
    const name = secretNames.externalAccount(setting('prefix'), id);
    return [id, { ...known, externalAccountBinding: await readExternalAccount(secrets(), name) }] as const;
  });
  return new AcmeAuthorities({ network: network(), settings: Object.fromEntries(await Promise.all(entries)) });
}
