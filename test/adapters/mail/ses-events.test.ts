// Events of SES become reports the workflows understand, or nothing; the texts are those of SES's own documentation, shortened.

import { describe, expect, it } from 'vitest';
import { readSesEvent } from '../../../src/adapters/mail/ses-events.ts';

const ours = 'announced.1.order-1.0f3a@certificates.emetrotel.test';
const mail = {
  timestamp: '2026-11-26T10:00:00.000Z',
  messageId: '0100017a-ses-made-this',
  source: 'certificates@emetrotel.test',
  destination: ['ops@northwind.test'],
  headersTruncated: false,
  headers: [
    { name: 'From', value: 'certificates@emetrotel.test' },
    { name: 'Message-ID', value: `<${ours}>` },
  ],
  commonHeaders: { messageId: `<${ours}>`, subject: 'restart' },
  tags: { 'ses:configuration-set': ['notices'], 'message-id': [ours] },
};
const bounce = {
  eventType: 'Bounce',
  mail,
  bounce: {
    bounceType: 'Permanent',
    bounceSubType: 'General',
    bouncedRecipients: [
      {
        emailAddress: 'ops@northwind.test',
        action: 'failed',
        status: '5.1.1',
        diagnosticCode: 'smtp; 550 5.1.1 user\r\nunknown',
      },
    ],
    timestamp: '2026-11-26T10:00:05.000Z',
  },
};
const report = { messageId: `<${ours}>`, address: 'ops@northwind.test', at: new Date('2026-11-26T10:00:05Z') };
const bounced = { ...report, kind: 'bounce', why: 'smtp; 550 5.1.1 user unknown' };

describe('readSesEvent', () => {
  it.each([
    { what: 'in the envelope of SNS', text: envelope(bounce) },
    { what: 'as it is', text: JSON.stringify(bounce) },
    {
      what: 'as a feedback notification',
      text: envelope({ ...bounce, eventType: undefined, notificationType: 'Bounce' }),
    },
  ])('reads a bounce $what', ({ text }) => {
    expect(readSesEvent(text)).toEqual([bounced]);
  });

  it.each([
    { what: 'tag', without: { headers: [], commonHeaders: {} } },
    { what: 'header', without: { tags: {}, commonHeaders: {} } },
    { what: 'common header', without: { tags: undefined, headers: undefined } },
  ])('finds our Message-ID in the $what alone, never in what SES made', ({ without }) => {
    expect(readSesEvent(envelope({ ...bounce, mail: { ...mail, ...without } }))).toEqual([bounced]);
  });

  it('has nothing to say of a mail without a Message-ID of ours', () => {
    const bare = { messageId: 'ses-made-this', headers: [{ name: 'Message-ID', value: 'no brackets' }] };
    expect(readSesEvent(envelope({ ...bounce, mail: bare }))).toEqual([]);
  });

  it('reads a complaint and a delivery', () => {
    const complaint = {
      complainedRecipients: [{ emailAddress: 'Ops <ops@northwind.test>' }],
      complaintFeedbackType: 'abuse',
      timestamp: '2026-11-26T10:00:05.000Z',
    };
    expect(readSesEvent(envelope({ eventType: 'Complaint', mail, complaint }))).toEqual([
      { ...report, kind: 'complaint', why: 'abuse' },
    ]);
    const delivery = {
      timestamp: '2026-11-26T10:00:05.000Z',
      recipients: ['ops@northwind.test'],
      smtpResponse: '250 2.0.0 OK',
    };
    expect(readSesEvent(envelope({ eventType: 'Delivery', mail, delivery }))).toEqual([
      { ...report, kind: 'delivery', why: '250 2.0.0 OK' },
    ]);
  });

  it.each([
    {
      what: 'a bounce that may still be delivered',
      text: envelope({ ...bounce, bounce: { ...bounce.bounce, bounceType: 'Transient' } }),
    },
    { what: 'a bounce of nobody', text: envelope({ ...bounce, bounce: { bounceType: 'Permanent' } }) },
    { what: 'an opening', text: envelope({ eventType: 'Open', mail, open: {} }) },
    {
      what: 'a delivery of a strange form',
      text: envelope({ eventType: 'Delivery', mail, delivery: { recipients: [7, null, 'a b'] } }),
    },
    {
      what: 'the confirmation of a subscription',
      text: JSON.stringify({ Type: 'SubscriptionConfirmation', Message: 'You have chosen' }),
    },
    { what: 'no JSON', text: '{' },
    { what: 'null', text: 'null' },
    { what: 'a list', text: '[]' },
    { what: 'too much', text: JSON.stringify({ ...bounce, more: 'x'.repeat(300_000) }) },
    { what: 'an envelope in an envelope', text: envelope({ Message: envelope(bounce) }) },
  ])('has nothing to say of $what', ({ text }) => {
    expect(readSesEvent(text)).toEqual([]);
  });

  it('takes strange addresses, times and texts for what they are', () => {
    const recipients = [
      { emailAddress: 'ops@northwind.test\r\nBcc: all@northwind.test' },
      { emailAddress: 'ops@northwind.test', diagnosticCode: 'x'.repeat(9_000) },
      'ops@northwind.test',
      {},
    ];
    const event = { ...bounce, bounce: { ...bounce.bounce, timestamp: 'never', bouncedRecipients: recipients } };
    expect(readSesEvent(envelope(event))).toEqual([{ ...bounced, at: new Date(0), why: 'x'.repeat(500) }]);
  });
});

function envelope(event: object): string {
  return JSON.stringify({
    Type: 'Notification',
    TopicArn: 'arn:aws:sns:us-east-1:1:notices',
    Message: JSON.stringify(event),
  });
}
