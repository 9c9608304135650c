// The step await-site: looks whether InfinityOne answers at its site port.

import { awaitSite } from '../src/steps/await-site.ts';
import { serverStep } from './server-step.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = serverStep(
  () => ({ ...stepServices(), probes: probes(), settings: serviceSettings() }),
  awaitSite,
);
