// The step prove-ssh-key: logs in to a server with the next key alone.

import { proveSshKey } from '../src/steps/prove-ssh-key.ts';
import { lambda } from './lambda.ts';
import { serverKeysOf } from './wiring/server-keys.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(
  () => ({ services: { ...stepServices(), settings: serviceSettings() }, of: serverKeysOf() }),
  (input: Parameters<typeof proveSshKey>[0], { services, of }) =>
    proveSshKey(input, { ...services, serverKeys: of(input.partner) }),
);
