// The step change-account-key: gives our account at an authority a new key.

import { changeAccountKey } from '../src/steps/change-account-key.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { keyPairs } from './wiring/key-pairs.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ ...stepServices(), vault: vault(), authorities: authorities(), keyPairs: keyPairs() }),
  changeAccountKey,
);
