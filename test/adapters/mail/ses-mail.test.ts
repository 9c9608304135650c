// What SesMail asks of SES: the octets SmtpMail sends, our Message-ID as a tag; and what it makes of SES's refusals.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SesMail, type SesMailOptions } from '../../../src/adapters/mail/ses-mail.ts';
import { SmtpMail } from '../../../src/adapters/mail/smtp-mail.ts';
import { startMailServer } from '../../../src/sandbox/mail-server.ts';
import { jsonError, scriptedAws } from '../../support/scripted-aws.ts';
import { testFolder } from '../../support/storage.ts';

const SENDER = 'UCx certificates <certificates@emetrotel.test>';
const message = {
  messageId: '<announced.1.order-1.0f3a@certificates.emetrotel.test>',
  to: 'ops@northwind.test',
  subject: 'Größe – 02:00',
  text: 'Dear Zoë,\n\n.a dot\n',
  html: '<p>Dear Zoë</p>',
  calendar: { method: 'CANCEL', content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' },
  writtenAt: new Date('2027-01-11T15:00:00Z'),
} as const;

describe('SesMail', () => {
  it('sends the octets that SmtpMail sends', async () => {
    const folder = await testFolder();
    const server = await startMailServer({ folder });
    onTestFinished(() => server.close());
    await new SmtpMail({ host: '127.0.0.1', port: server.port, tls: 'none', from: SENDER }).send(message);
    const [kept] = await server.mails.list();
    const bySmtp = await readFile(join(folder, kept?.file ?? ''), 'latin1');

    const { mail, requests } = await open();
    await mail.send(message);
    const octets = Buffer.from(requests[0]?.Content.Raw.Data ?? '', 'base64').toString('latin1');
    expect(octets.trimEnd()).toBe(bySmtp.trimEnd());
  });

  it('names sender, recipient, configuration set and our Message-ID beside the octets', async () => {
    const { mail, requests } = await open();
    await mail.send(message);
    expect(requests).toMatchObject([
      {
        FromEmailAddress: SENDER,
        Destination: { ToAddresses: ['ops@northwind.test'] },
        ConfigurationSetName: 'notices',
        EmailTags: [{ Name: 'message-id', Value: 'announced.1.order-1.0f3a@certificates.emetrotel.test' }],
      },
    ]);
    expect(requests[0]).not.toHaveProperty('Content.Simple');
  });

  it('leaves out a tag that SES would not take', async () => {
    const { mail, requests } = await open();
    await mail.send({ ...message, messageId: '<a+b@emetrotel.test>' });
    expect(requests[0]).not.toHaveProperty('EmailTags');
  });

  it.each([
    { code: 'MessageRejected', status: 400, is: 'mail-refused' },
    { code: 'BadRequestException', status: 400, is: 'mail-refused' },
    { code: 'AccountSuspendedException', status: 400, is: 'mail-not-delivered' },
    { code: 'SendingPausedException', status: 400, is: 'mail-not-delivered' },
    { code: 'MailFromDomainNotVerifiedException', status: 400, is: 'mail-not-delivered' },
    { code: 'NotFoundException', status: 404, is: 'mail-not-delivered' },
    { code: 'LimitExceededException', status: 400, is: 'mail-not-delivered' },
    { code: 'TooManyRequestsException', status: 429, is: 'mail-not-delivered' },
    { code: 'InternalFailure', status: 500, is: 'mail-not-delivered' },
  ])('is $is when SES says $code', async ({ code, status, is }) => {
    const { mail } = await open({}, { status, code });
    await expect(mail.send(message)).rejects.toMatchObject({
      name: is,
      message: expect.stringMatching(new RegExp(`^mail to "ops@northwind.test" was .* by SES: ${code}: why not`)),
    });
  });

  it('ends at its deadline when SES does not answer', async () => {
    const aws = await scriptedAws(() => undefined);
    const client = new SESv2Client({ ...aws.connection });
    onTestFinished(() => client.destroy());
    const mail = new SesMail({ client, from: SENDER, configurationSet: 'notices', timeoutMs: 80 });
    await expect(mail.send(message)).rejects.toMatchObject({ name: 'mail-not-delivered', message: /80 ms|abort/i });
  });
});

interface SentRequest {
  readonly Content: { readonly Raw: { readonly Data: string } };
}

async function open(
  options: Partial<SesMailOptions> = {},
  refusal?: { readonly status: number; readonly code: string },
) {
  const requests: SentRequest[] = [];
  const aws = await scriptedAws((_, response, body) => {
    requests.push(JSON.parse(body));
    if (refusal !== undefined) return jsonError(response, refusal.status, refusal.code, 'why not');
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"MessageId":"0100"}');
  });
  const client = new SESv2Client({ ...aws.connection, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return { mail: new SesMail({ client, from: SENDER, configurationSet: 'notices', ...options }), requests };
}
