// What everybody may read before having an account: the directory (RFC 8555, section 7.1.1) and the terms.

import type { CaAnswer, CaWorld } from './ca-world.ts';

/** Operations that a dial takes away are not announced. */
export async function serveDirectory({ urls, dials }: CaWorld): Promise<CaAnswer> {
  const { suggestedWindow, externalAccounts } = dials();
  return {
    status: 200,
    body: {
      newNonce: urls.at('/new-nonce'),
      newAccount: urls.at('/new-account'),
      newOrder: urls.at('/new-order'),
      revokeCert: urls.at('/revoke-cert'),
      ...(suggestedWindow === 'none' ? {} : { renewalInfo: urls.at('/renewal-info') }),
      meta: {
        termsOfService: urls.terms(),
        website: urls.terms(),
        caaIdentities: ['ca.sandbox.test'],
        externalAccountRequired: externalAccounts !== undefined,
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
