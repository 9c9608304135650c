// The step place-acme-order: draws and keeps the key pair, and orders a leaf from the authority.

import { placeAcmeOrder } from '../src/steps/place-acme-order.ts';
import { lambda } from './lambda.ts';
import { accountAuthorities } from './wiring/account-authorities.ts';
import { keyPairs } from './wiring/key-pairs.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ ...stepServices(), vault: vault(), authorities: accountAuthorities(), keyPairs: keyPairs() }),
  placeAcmeOrder,
);
