// The step retire-ssh-key: takes the old key away where the next one has been proven.

import { retireSshKey } from '../src/steps/retire-ssh-key.ts';
import { lambda } from './lambda.ts';
import { serverKeysOf } from './wiring/server-keys.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(
  () => ({ services: { ...stepServices(), settings: serviceSettings() }, of: serverKeysOf() }),
  (input: Parameters<typeof retireSshKey>[0], { services, of }) =>
    retireSshKey(input, { ...services, serverKeys: of(input.partner) }),
);
