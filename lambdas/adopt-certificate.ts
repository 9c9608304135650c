// The step adopt-certificate: takes the customer's own certificate for the one of its order.

import { adoptCertificate } from '../src/steps/adopt-certificate.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(() => ({ ...stepServices(), vault: vault() }), adoptCertificate);
