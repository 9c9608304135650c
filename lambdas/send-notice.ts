// The step `send-notice` as a function of Lambda.

import { sendNotice } from '../src/steps/send-notice.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { inventory } from './wiring/inventory.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { log } from './wiring/log.ts';
import { mail } from './wiring/mail.ts';
import { serviceSettings } from './wiring/service-settings.ts';

export const handler = lambda(
  () => ({
    inventory: inventory(),
    mail: mail(),
    linkKeys: linkKeys(),
    log: log(),
    clock: clock(),
    settings: serviceSettings(),
  }),
  (payload: Parameters<typeof sendNotice>[0], services) => sendNotice(payload, services),
);
