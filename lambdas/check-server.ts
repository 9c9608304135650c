// The step check-server: looks at a server over SSH before anything is ordered.

import { checkServer } from '../src/steps/check-server.ts';
import { serverStep } from './server-step.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';
import { zones } from './wiring/zones.ts';

export const handler = serverStep(
  () => ({ ...stepServices(), probes: probes(), zones: zones(), settings: serviceSettings() }),
  checkServer,
);
