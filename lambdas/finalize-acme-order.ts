// The step finalize-acme-order: sends the CSR, judges the chain and keeps it.

import { finalizeAcmeOrder } from '../src/steps/finalize-acme-order.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ ...stepServices(), vault: vault(), authorities: authorities(), settings: serviceSettings() }),
  finalizeAcmeOrder,
);
