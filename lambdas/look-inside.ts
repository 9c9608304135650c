// The step look-inside: looks at a server through SSH for the readiness report.

import { lookInside } from '../src/steps/look-inside.ts';
import { serverStep } from './server-step.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = serverStep(
  () => ({ ...stepServices(), probes: probes(), settings: serviceSettings() }),
  lookInside,
);
