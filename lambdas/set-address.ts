// The step set-address: creates the address record of a server in our zones.

import { setAddress } from '../src/steps/set-address.ts';
import { lambda } from './lambda.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(() => {
  const ours = zones();
  return { ...stepServices(), zones: ours, addresses: ours, settings: serviceSettings() };
}, setAddress);
