// What every Mail keeps; see the numbered rules of src/ports/mail.ts.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mail, MailMessage } from '../../src/ports/mail.ts';

export interface MailUnderTest {
  readonly mail: Mail;
  /** What recipients have, asked behind the adapter's back; oldest first. */
  readonly delivered: () => Promise<readonly DeliveredMail[]>;
  /** The same as they are on the wire; undefined where there is none. */
  readonly octets?: (() => Promise<readonly Buffer[]>) | undefined;
  /** What happens to messages from now on. `lost-answer`: the recipient has it and the sender is not told. */
  readonly behave: (fate: 'delivered' | 'refused' | 'not-delivered' | 'lost-answer') => void;
  readonly close: () => Promise<void>;
}

export type DeliveredMail = Pick<MailMessage, 'messageId' | 'to' | 'subject' | 'text' | 'html'> & {
  readonly calendar?: { readonly method: string; readonly content: string } | undefined;
};

const message: MailMessage = {
  messageId: '<order-1.announced.ops@northwind.test>',
  to: 'ops@northwind.test',
  subject: 'pbx.northwind.test restarts on Sunday – 02:00',
  text: 'Dear Zoë,\n\n.a line that starts with a dot\n\nBye.',
};

/** Lines longer than any of a mail may be, and one that looks like the end of a part. */
const content = ['BEGIN:VCALENDAR', `SUMMARY:Zoë ${'x'.repeat(60)}`, '------=_Part_1--', 'END:VCALENDAR', ''].join(
  '\r\n',
);
const rich: MailMessage = {
  ...message,
  html: `<!doctype html>\n<p>Dear Zoë,</p>\n<p>${'long '.repeat(300)}</p>\n`,
  calendar: { method: 'CANCEL', content },
  writtenAt: new Date('2027-01-11T15:00:00Z'),
};

export function mailContract(open: () => Promise<MailUnderTest>): void {
  describe('as Mail', () => {
    let world: MailUnderTest;

    beforeEach(async () => {
      world = await open();
    });

    afterEach(async () => {
      await world.close();
    });

    it('resolves when the message was taken over, and delivers it as it is', async () => {
      await world.mail.send(message);
      expect(await world.delivered()).toEqual([expect.objectContaining(message)]);
    });

    it('delivers text, HTML and calendar together, each as it was given', async () => {
      await world.mail.send(rich);
      const { messageId, to, subject, text, html, calendar } = rich;
      expect(await world.delivered()).toEqual([
        expect.objectContaining({ messageId, to, subject, text, html, calendar: expect.objectContaining(calendar) }),
      ]);
    });

    it('delivers the same message again as it was', async () => {
      world.behave('lost-answer');
      await expect(world.mail.send(rich)).rejects.toMatchObject({ name: 'mail-not-delivered' });
      world.behave('delivered');
      await world.mail.send(rich);
      const [first, second, ...others] = (await world.octets?.()) ?? (await world.delivered());
      expect([second, others]).toEqual([first, []]);
    });

    it('says that a message was refused for good', async () => {
      world.behave('refused');
      await expect(world.mail.send(message)).rejects.toMatchObject({
        name: 'mail-refused',
        message: expect.stringContaining('"ops@northwind.test"'),
      });
      expect(await world.delivered()).toEqual([]);
    });

    it('says that a message was not delivered, and delivers it when tried again', async () => {
      world.behave('not-delivered');
      await expect(world.mail.send(message)).rejects.toMatchObject({
        name: 'mail-not-delivered',
        message: expect.stringContaining('"ops@northwind.test"'),
      });
      world.behave('delivered');
      await world.mail.send(message);
      expect(await world.delivered()).toHaveLength(1);
    });

    it('keeps the Message-ID of a message that is sent again because its answer was lost', async () => {
      world.behave('lost-answer');
      await expect(world.mail.send(message)).rejects.toMatchObject({ name: 'mail-not-delivered' });
      world.behave('delivered');
      await world.mail.send(message);
      const ids = (await world.delivered()).map(({ messageId }) => messageId);
      expect(ids).toEqual([message.messageId, message.messageId]);
    });

    it.each<{ field: 'to' | 'subject' | 'messageId'; value: string }>([
      { field: 'to', value: 'ops@northwind.test\r\nBcc: all@northwind.test' },
      { field: 'to', value: 'ops@northwind.test, all@northwind.test' },
      { field: 'to', value: 'Ops <ops@northwind.test>' },
      { field: 'to', value: 'ops' },
      { field: 'subject', value: 'hello\r\nBcc: all@northwind.test' },
      { field: 'subject', value: 'hello\nBcc: all@northwind.test' },
      { field: 'subject', value: 'hello\u2028there' },
      { field: 'messageId', value: '<a@b.test>\r\nBcc: all@northwind.test' },
      { field: 'messageId', value: 'a@b.test' },
    ])('refuses $value as $field', async ({ field, value }) => {
      const smuggling = world.mail.send({ ...message, [field]: value });
      await expect(smuggling).rejects.toMatchObject({ name: 'bad-request', field });
      expect(await world.delivered()).toEqual([]);
    });
  });
}
