// Mail that comes back: the sandbox's mail server writes delivery status notifications (RFC 3464), and the service's side reads them.

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import type { MailReport } from '../workflows/note-bounce.ts';

export interface Returned {
  readonly from: string;
  readonly to: string;
  /** The mail as it was taken over; only its header goes back. */
  readonly mail: Uint8Array;
  readonly at: Date;
}

/** The octets of a report about one recipient (RFC 3462, RFC 3464). */
export function writeReturned({ from, to, mail, at }: Returned): Uint8Array {
  const header = Buffer.from(mail).toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
  const boundary = 'returned-by-mail.sandbox.test';
  const parts = [
    ['text/plain; charset=utf-8', `Your message could not be delivered to ${to}: the mailbox is gone.\r\n`],
    [
      'message/delivery-status',
      [
        `Reporting-MTA: dns; mail.sandbox.test\r\nArrival-Date: ${at.toUTCString()}\r\n`,
        `Final-Recipient: rfc822; ${to}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 the mailbox is gone\r\n`,
      ].join('\r\n'),
    ],
    ['text/rfc822-headers', `${header}\r\n`],
  ];
  const lines = [
    'From: Mail Delivery System <mailer-daemon@mail.sandbox.test>',
    `To: ${from}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${at.toUTCString()}`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    ...parts.map(([type, body]) => `--${boundary}\r\nContent-Type: ${type}\r\n\r\n${body}`),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

/** Our own mailbox: a folder of such reports. */
export class ReturnedMail {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Gives each report to `note` and takes it away once that is done; what is no report is left where it is. */
  async take(note: (report: MailReport) => Promise<unknown>): Promise<void> {
    const files = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const file of files.filter((name) => name.endsWith('.eml')).sort()) {
      const path = join(this.folder, file);
      const report = await readReturned(await readFile(path));
      if (report === undefined) continue;
      await note(report);
      await rm(path, { force: true });
    }
  }
}

/** Undefined for anything but a report that one mail failed for good. */
export async function readReturned(octets: Uint8Array): Promise<MailReport | undefined> {
  const { attachments } = await simpleParser(Buffer.from(octets), { keepDeliveryStatus: true });
  const contentOf = (type: string) =>
    attachments.find(({ contentType }) => contentType === type)?.content.toString('utf8') ?? '';
  const status = contentOf('message/delivery-status');
  const messageId = /^Message-ID:\s*(<[^<>\s]{1,500}>)/im.exec(contentOf('text/rfc822-headers'))?.[1];
  const address = /^Final-Recipient:\s*rfc822;\s*(\S{1,320})\s*$/im.exec(status)?.[1];
  const isFinal = /^Action:\s*failed\s*$/im.test(status) && /^Status:\s*5\./im.test(status);
  if (!isFinal || messageId === undefined || address === undefined) return undefined;
  const why = /^Diagnostic-Code:\s*(?:smtp;)?\s*(.{1,500})$/im.exec(status)?.[1]?.trim() ?? 'no reason given';
  return { kind: 'bounce', messageId, address, why };
}
