// The step admit-ssh-key: puts the next key beside the old one on a server.

import { admitSshKey } from '../src/steps/admit-ssh-key.ts';
import { lambda } from './lambda.ts';
import { serverKeysOf } from './wiring/server-keys.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(
  () => ({ services: { ...stepServices(), settings: serviceSettings() }, of: serverKeysOf() }),
  (input: Parameters<typeof admitSshKey>[0], { services, of }) =>
    admitSshKey(input, { ...services, serverKeys: of(input.partner) }),
);
