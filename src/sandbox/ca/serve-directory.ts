// What everybody may read before having an account: the directory (RFC 8555, section 7.1.1) and the terms.

import { CAA_IDENTITY } from './ca-caa-policy.ts';
import { type CaProfileName, caProfiles } from './ca-profiles.ts';
import type { CaAnswer, CaWorld } from './ca-world.ts';

/** Operations that a dial takes away are not announced. */
export async function serveDirectory({ urls, dials }: CaWorld): Promise<CaAnswer> {
  const { suggestedWindow, externalAccounts, profiles } = dials();
  return {
    status: 200,
    body: {
      newNonce: urls.at('/new-nonce'),
      newAccount: urls.at('/new-account'),
      newOrder: urls.at('/new-order'),
      revokeCert: urls.at('/revoke-cert'),
      keyChange: urls.at('/key-change'),
      ...(suggestedWindow === 'none' ? {} : { renewalInfo: urls.at('/renewal-info') }),
      meta: {
        termsOfService: urls.terms(),
        website: urls.terms(),
        caaIdentities: [CAA_IDENTITY],
        externalAccountRequired: externalAccounts !== undefined,
        ...(profiles.length === 0 ? {} : { profiles: describe(profiles) }),
      },
    },
  };
}

export async function serveTerms(): Promise<CaAnswer> {
  return {
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body: 'A sandbox: its certificates mean nothing.\n',
  };
}

function describe(profiles: readonly CaProfileName[]): Readonly<Record<string, string>> {
  return Object.fromEntries(profiles.map((name) => [name, caProfiles[name].description]));
}
