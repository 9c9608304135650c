// The step serve-web: gives Apache the certificate while InfinityOne is not there yet.

import { serveWeb } from '../src/steps/serve-web.ts';
import { serverStep } from './server-step.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = serverStep(
  () => ({ ...stepServices(), probes: probes(), settings: serviceSettings() }),
  serveWeb,
);
