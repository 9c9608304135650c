// Reports that a mail came back, read from outside: the real ones, and what only looks like one.

import { describe, expect, it } from 'vitest';
import { readReturned, writeReturned } from '../../src/sandbox/returned-mail.ts';

const mail = Buffer.from(
  'Message-ID: <a.b.o1@certificates.emetrotel.test>\r\nSubject: x\r\n\r\nMessage-ID: <other@x.test>\r\n',
);
const returned = Buffer.from(
  writeReturned({ from: 'us@emetrotel.test', to: 'ana@northwind.test', mail, at: new Date('2027-01-11T15:00:00Z') }),
).toString('latin1');

describe('a report', () => {
  it('says which mail to whom came back, and why', async () => {
    expect(await readReturned(Buffer.from(returned))).toEqual({
      kind: 'bounce',
      messageId: '<a.b.o1@certificates.emetrotel.test>',
      address: 'ana@northwind.test',
      why: '550 5.1.1 the mailbox is gone',
    });
  });

  it.each([
    { what: 'a delay', change: (text: string) => text.replace('Action: failed', 'Action: delayed') },
    { what: 'a temporary failure', change: (text: string) => text.replace('Status: 5.1.1', 'Status: 4.2.2') },
    { what: 'one without our Message-ID', change: (text: string) => text.replace(/^Message-ID: .*\r\n/gm, '') },
    { what: 'a letter', change: () => 'Subject: hello\r\n\r\nMessage-ID: <a@b.test>\r\nAction: failed\r\n' },
    { what: 'nothing', change: () => '' },
  ])('is not read from $what', async ({ change }) => {
    expect(await readReturned(Buffer.from(change(returned)))).toBeUndefined();
  });
});
