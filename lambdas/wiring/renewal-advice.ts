// Renewal advice of the authorities of the settings (RFC 9773); it is asked for without an account.

import { AcmeRenewalAdvice } from '../../src/adapters/acme/acme-renewal-advice.ts';
import { network } from './network.ts';
import { readStageFile } from './stage.ts';

export function renewalAdvice(): AcmeRenewalAdvice {
  const servers = Object.entries(readStageFile().authorities).map(
    ([id, { directoryUrl, roots }]) => [id, { directoryUrl, ...(roots === undefined ? {} : { roots }) }] as const,
  );
  return new AcmeRenewalAdvice({ network: network(), settings: Object.fromEntries(servers) });
}
