// Every hour: looks at the certificates whose moment has come, and orders or asks for what is due.

import { startDueRenewals } from '../src/workflows/start-due-renewals.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { executions } from './wiring/executions.ts';
import { inventory } from './wiring/inventory.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { log } from './wiring/log.ts';
import { mail } from './wiring/mail.ts';
import { renewalAdvice } from './wiring/renewal-advice.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { vault } from './wiring/vault.ts';

export const handler = lambda(
  () => ({
    inventory: inventory(),
    vault: vault(),
    renewalAdvice: renewalAdvice(),
    executions: executions(),
    mail: mail(),
    clock: clock(),
    linkKeys: linkKeys(),
    log: log(),
    settings: serviceSettings(),
  }),
  (event: { readonly time: string }, services) =>
    startDueRenewals({ now: new Date(event.time), random: Math.random }, services),
);
