// The step keep-certificate: writes down which leaf is in service, and when its renewal is looked at.

import { keepCertificate } from '../src/steps/keep-certificate.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(() => ({ ...stepServices(), vault: vault() }), keepCertificate);
