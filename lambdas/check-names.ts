// The step check-names: looks whether each name can be proven: delegation, CAA, DNSSEC.

import { checkNames } from '../src/steps/check-names.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { publicDns } from './wiring/public-dns.ts';
import { stepServices } from './wiring/step-services.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  () => ({ ...stepServices(), zones: zones(), publicDns: publicDns(), authorities: authorities() }),
  checkNames,
);
