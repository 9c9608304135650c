// The step draw-ssh-key: draws the key a partner's servers are moved to.

import { drawSshKey } from '../src/steps/draw-ssh-key.ts';
import { lambda } from './lambda.ts';
import { serverKeysOf } from './wiring/server-keys.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({ services: { ...stepServices(), vault: vault(), settings: serviceSettings() }, of: serverKeysOf() }),
  (input: Parameters<typeof drawSshKey>[0], { services, of }) =>
    drawSshKey(input, { ...services, serverKeys: of(input.partner) }),
);
