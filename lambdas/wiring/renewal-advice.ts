// Renewal advice of the authorities of the settings (RFC 9773); it is asked for without an account.

import { AcmeRenewalAdvice } from '../../src/adapters/acme/acme-renewal-advice.ts';
import { network } from './network.ts';
import { stage } from './stage.ts';

export function renewalAdvice(): AcmeRenewalAdvice {
  const servers = Object.entries(stage().authorities).map(([id, { directoryUrl }]) => [id, { directoryUrl }] as const);
  return new AcmeRenewalAdvice({ network: network(), settings: Object.fromEntries(servers) });
}
