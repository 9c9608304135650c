// SES reports through SNS what became of a mail: told is taken back where it did not arrive.

import { readSesEvent } from '../src/adapters/mail/ses-events.ts';
import { noteBounce } from '../src/workflows/note-bounce.ts';
import { lambda } from './lambda.ts';
import { clock } from './wiring/clock.ts';
import { executions } from './wiring/executions.ts';
import { inventory } from './wiring/inventory.ts';
import { linkKeys } from './wiring/link-keys.ts';
import { log } from './wiring/log.ts';
import { mail } from './wiring/mail.ts';
import { serviceSettings } from './wiring/service-settings.ts';

/** Only our topic may call the function. */
interface SnsEvent {
  readonly Records: readonly { readonly Sns: object }[];
}

export const handler = lambda(
  () => ({
    inventory: inventory(),
    executions: executions(),
    mail: mail(),
    clock: clock(),
    linkKeys: linkKeys(),
    log: log(),
    settings: serviceSettings(),
  }),
  async (event: SnsEvent, services) => {
    for (const { kind, ...report } of event.Records.flatMap(({ Sns }) => readSesEvent(JSON.stringify(Sns)))) {
      if (kind !== 'delivery') await noteBounce({ kind, ...report }, services);
    }
    return {};
  },
);
