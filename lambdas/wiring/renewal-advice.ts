// What authorities advise about renewals.

import { AcmeRenewalAdvice } from '../../src/adapters/acme/acme-renewal-advice.ts';
import { network } from './network.ts';
import { stage } from './stage.ts';

export function renewalAdvice(): AcmeRenewalAdvice {
  const settings = Object.entries(stage().authorities).map(([id, { directoryUrl }]) => [id, { directoryUrl }] as const);
  return new AcmeRenewalAdvice({ network: network(), settings: Object.fromEntries(settings) });
}
