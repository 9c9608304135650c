// The authorities of the settings, where our account at one may still have to be made: with what ties it to a contract, if it asks for that.

import { AcmeAuthorities } from '../../src/adapters/acme/acme-authorities.ts';
import { readExternalAccount } from '../../src/adapters/aws/secret-external-accounts.ts';
import type { Authorities } from '../../src/ports/authority.ts';
import { secretNames, setting } from '../settings.ts';
import { authorities, authoritySettings } from './authorities.ts';
import { network } from './network.ts';
import { secrets } from './secrets.ts';
import { readStageFile } from './stage.ts';

/** The binding is shown once, when the account is made (RFC 8555, 7.3.4); an account that stands needs no secret. */
export function accountAuthorities(): Authorities {
  const known = authorities();
  const kept = secrets();
  return {
    ids: () => known.ids(),
    describe: (id) => known.describe(id),
    open: async (id, account) => {
      const isBound = account.accountUrl === undefined && readStageFile().authorities[id]?.externalAccount === true;
      if (!isBound) return await known.open(id, account);
      const externalAccountBinding = await readExternalAccount(
        kept,
        secretNames.externalAccount(setting('prefix'), id),
      );
      const settings = Object.entries(authoritySettings()).filter(([other]) => other === id);
      const bound = settings.map(([, one]) => [id, { ...one, externalAccountBinding }] as const);
      const made = new AcmeAuthorities({ network: network(), settings: Object.fromEntries(bound) });
      return await made.open(id, account);
    },
  };
}
