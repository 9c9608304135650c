// A mail as it is on the wire (RFC 5322, RFC 2045), the same octets for the same message, whoever takes it over.

import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailMessage } from '../../ports/mail.ts';

export interface MimeMessageOptions {
  /** `Name <address>` or an address. */
  readonly from: string;
  /** For the `Date` field of a message that does not say when it was written. */
  readonly now: () => Date;
}

/** What people see beside the message, and open where their program makes nothing of it. */
const CALENDAR_FILE = 'restart.ics';

/** `build()` gives its octets, `getEnvelope()` whom it is from. */
export function mimeMessage(message: MailMessage, { from, now }: MimeMessageOptions) {
  const { messageId, to, subject, text, html, calendar, writtenAt } = message;
  const composer = new MailComposer({
    from,
    to: { name: '', address: to },
    subject,
    messageId,
    date: writtenAt ?? now(),
    text,
    ...(html === undefined ? {} : { html }),
    // As Google Calendar sends it, which mail programs are made for: an alternative `text/calendar` with its method, and the same as a file.
    ...(calendar === undefined ? {} : { icalEvent: { ...calendar, filename: CALENDAR_FILE } }),
    baseBoundary: boundaryOf(message),
    // RFC 3834: nobody's holiday notice comes back.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile();
}

/** The same for the same message; and none can hold its own digest, so no text ends its part before its end. */
function boundaryOf({ messageId, text, html, calendar }: MailMessage): string {
  return createHash('sha256')
    .update(JSON.stringify([messageId, text, html, calendar]))
    .digest('hex')
    .slice(0, 32);
}
