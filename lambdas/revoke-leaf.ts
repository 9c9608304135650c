// The step revoke-leaf: has the authority take a leaf back.

import { revokeLeaf } from '../src/steps/revoke-leaf.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(() => ({ ...stepServices(), vault: vault(), authorities: authorities() }), revokeLeaf);
