// The step change-address: changes the address of a server in use, and back.

import { changeAddress } from '../src/steps/change-address.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(() => ({ ...stepServices(), addresses: zones() }), changeAddress);
