// SesMail keeps the rules of Mail over moto's SES.

import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { type Attachment, simpleParser } from 'mailparser';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SesMail } from '../../../src/adapters/mail/ses-mail.ts';
import { mailContract } from '../../contracts/mail.ts';
import { useMoto } from '../../support/moto.ts';
import { motoRelay, type RelayFate } from '../../support/moto-relay.ts';

const SENDER = 'UCx certificates <certificates@emetrotel.test>';
const moto = useMoto();

const fates: Readonly<Record<'delivered' | 'refused' | 'not-delivered' | 'lost-answer', RelayFate>> = {
  delivered: 'passed',
  refused: { status: 400, code: 'MessageRejected', message: 'the address is not taken' },
  'not-delivered': { status: 429, code: 'TooManyRequestsException' },
  'lost-answer': 'lost',
};

describe('SesMail', () => {
  mailContract(async () => {
    const { client, behave } = await openSes();
    return {
      mail: new SesMail({ client, from: SENDER, configurationSet: 'notices' }),
      octets,
      delivered: async () => await Promise.all((await octets()).map(read)),
      behave: (fate) => behave(fates[fate]),
      close: async () => undefined,
    };
  });

  it('is told apart from SES by what SES itself refuses', async () => {
    const { client } = await openSes();
    const mail = new SesMail({ client, from: 'someone@else.test', configurationSet: 'notices' });
    const message = { messageId: '<1@emetrotel.test>', to: 'ops@northwind.test', subject: 'hello', text: 'hello' };
    await expect(mail.send(message)).rejects.toMatchObject({ name: 'mail-refused', message: /someone@else\.test/ });
  });
});

async function openSes() {
  const relay = await motoRelay(moto);
  const client = new SESv2Client({ ...relay.connection(), maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'emetrotel.test' }));
  return { client, behave: relay.behave };
}

/** What moto took over, oldest first. */
async function octets(): Promise<readonly Buffer[]> {
  const { ses } = await moto.held();
  const messages = (ses?.RawMessage ?? []) as readonly { readonly raw_data: string }[];
  return messages.map((message) => Buffer.from(message.raw_data));
}

async function read(mail: Buffer) {
  const { messageId = '', to, subject = '', text = '', html, attachments } = await simpleParser(mail);
  const calendar = attachments.find(({ contentType }) => contentType === 'text/calendar');
  return {
    messageId,
    to: Array.isArray(to) ? '' : (to?.text ?? ''),
    subject,
    text: text.replace(/\n$/, ''),
    ...(html === false ? {} : { html }),
    ...(calendar === undefined ? {} : { calendar: { method: methodOf(calendar), content: String(calendar.content) } }),
  };
}

function methodOf({ headers }: Attachment): string {
  const type = headers.get('content-type');
  const params: unknown = typeof type === 'object' && 'params' in type ? type.params : undefined;
  return typeof params === 'object' && params !== null && 'method' in params ? String(params.method) : '';
}
