// The step stage-certificate: puts key and chain beside the live files on the server, over SSH.

import { stageCertificate } from '../src/steps/stage-certificate.ts';
import { serverStep } from './server-step.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = serverStep(
  () => ({ ...stepServices(), vault: vault(), settings: serviceSettings() }),
  stageCertificate,
);
