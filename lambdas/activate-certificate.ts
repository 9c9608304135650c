// The step activate-certificate: has the server exchange its files and restart, inside the window.

import { activateCertificate } from '../src/steps/activate-certificate.ts';
import { serverStep } from './server-step.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = serverStep(
  () => ({ ...stepServices(), probes: probes(), settings: serviceSettings() }),
  activateCertificate,
);
