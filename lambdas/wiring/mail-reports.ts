// What SES reports of mails, in the words of the workflow that takes it.

import { readSesEvent } from '../../src/adapters/mail/ses-events.ts';
import type { MailReport } from '../../src/workflows/note-bounce.ts';

/** `sns`: the part of that name of a record. A delivery is no news. */
export function mailReportsIn(sns: unknown): readonly MailReport[] {
  return readSesEvent(JSON.stringify(sns) ?? '').flatMap(({ kind, messageId, address, why }) =>
    kind === 'delivery' ? [] : [{ kind, messageId, address, why }],
  );
}
