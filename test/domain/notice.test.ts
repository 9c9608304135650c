// What people are told: every kind has words, in the customer's zone, and nobody's name can put words into our mouth.

import { describe, expect, it } from 'vitest';
import type { Appointment } from '../../src/domain/appointment.ts';
import { checkMailFields } from '../../src/domain/mail-fields.ts';
import { audienceOf, describeWindow, type NoticeKind, writeNotice } from '../../src/domain/notice.ts';
import type { Order } from '../../src/domain/order.ts';

const order: Order = {
  id: 'o1',
  partner: 'emetrotel',
  idempotencyKey: 'k1',
  requestHash: 'ab',
  request: {
    hostname: 'pbx.northwind.test',
    customer: 'Northwind Traders',
    publicIp: '203.0.113.10',
    sitePort: 21_326,
    connectionProfile: 'ucx-ssh',
    contacts: [{ name: 'Ana', email: 'ana@northwind.test' }],
    windowPolicy: {
      timeZone: 'America/Toronto',
      windows: [{ day: 'wednesday', start: '02:00', end: '04:00' }],
      minimumNoticeSeconds: 3600,
      confirmation: 'nobody',
      maxActiveCalls: 0,
    },
    authority: 'sandbox',
    keyType: 'rsa-2048',
  },
  reason: 'provision',
  state: 'awaiting-window',
  createdAt: '2027-01-11T00:00:00.000Z',
  warnings: [],
};
const appointment: Appointment = {
  id: 'o1-a1',
  partner: 'emetrotel',
  orderId: 'o1',
  hostname: 'pbx.northwind.test',
  number: 1,
  state: 'proposed',
  opensAt: '2027-01-13T07:00:00.000Z',
  closesAt: '2027-01-13T09:00:00.000Z',
  noticeDeadlineAt: '2027-01-13T06:00:00.000Z',
  confirmation: 'nobody',
  runNow: false,
  sequence: 3,
};

const WINDOW = '2027-01-13 02:00 to 04:00 (America/Toronto)';

/** Every kind, or it does not compile. */
const kinds: Record<NoticeKind, { subject: string; says: string; audience: 'everyone' | 'ops'; byWindow: boolean }> = {
  'dns-wanted': {
    subject: 'DNS records to set for pbx.northwind.test',
    says: 'needs records in DNS that only you can set.',
    audience: 'everyone',
    byWindow: false,
  },
  'dns-reminder': {
    subject: 'Reminder: DNS records to set for pbx.northwind.test',
    says: 'still waits for records in DNS that only you can set.',
    audience: 'everyone',
    byWindow: false,
  },
  'names-differ': {
    subject: 'Names to change on pbx.northwind.test',
    says: 'on this server they are not. We change neither.',
    audience: 'everyone',
    byWindow: false,
  },
  'restart-announced': {
    subject: `InfinityOne restart on pbx.northwind.test: ${WINDOW}`,
    says: `InfinityOne is restarted within ${WINDOW}.`,
    audience: 'everyone',
    byWindow: true,
  },
  'restart-moved': {
    subject: `Moved: InfinityOne restart on pbx.northwind.test: ${WINDOW}`,
    says: `is now within ${WINDOW}.`,
    audience: 'everyone',
    byWindow: true,
  },
  'restart-now': {
    subject: 'InfinityOne restart on pbx.northwind.test now',
    says: 'is restarted now, as asked.',
    audience: 'everyone',
    byWindow: false,
  },
  'restart-missed': {
    subject: `Postponed: InfinityOne restart on pbx.northwind.test: ${WINDOW}`,
    says: `did not happen. The next window is ${WINDOW}.`,
    audience: 'everyone',
    byWindow: true,
  },
  'restart-cancelled': {
    subject: 'Cancelled: InfinityOne restart on pbx.northwind.test',
    says: 'The certificate served stays the old one.',
    audience: 'everyone',
    byWindow: false,
  },
  'restart-reminder': {
    subject: `Reminder: InfinityOne restart on pbx.northwind.test: ${WINDOW}`,
    says: `InfinityOne on pbx.northwind.test is restarted within ${WINDOW}.`,
    audience: 'everyone',
    byWindow: true,
  },
  'restart-again': {
    subject: `Again: InfinityOne restart on pbx.northwind.test: ${WINDOW}`,
    says: `was rolled back, and the old certificate is served. The new one is tried once more within ${WINDOW}.`,
    audience: 'everyone',
    byWindow: true,
  },
  'mail-bounced': {
    subject: 'Mail came back: a contact of pbx.northwind.test',
    says: 'does not get our mail, and counts as not told.',
    audience: 'ops',
    byWindow: false,
  },
  'restart-off': {
    subject: 'Off: InfinityOne restart on pbx.northwind.test',
    says: `announced for ${WINDOW} does not happen, and no other is planned yet.`,
    audience: 'everyone',
    byWindow: false,
  },
  'certificate-served': {
    subject: 'Done: pbx.northwind.test serves its new certificate',
    says: 'we have seen it on the wire.',
    audience: 'everyone',
    byWindow: false,
  },
  'rolled-back': {
    subject: 'Rolled back: pbx.northwind.test serves its old certificate',
    says: 'the old one is back and served.',
    audience: 'everyone',
    byWindow: false,
  },
  'needs-attention': {
    subject: 'Needs a person: pbx.northwind.test',
    says: 'Nothing more happens by itself.',
    audience: 'ops',
    byWindow: false,
  },
  'look-outside': {
    subject: 'Look from outside: pbx.northwind.test',
    says: 'Nothing was rolled back.',
    audience: 'ops',
    byWindow: false,
  },
  'bypass-ends': {
    subject: 'Bypass open: pbx.northwind.test until its end',
    says: 'It is not extended by itself.',
    audience: 'everyone',
    byWindow: false,
  },
  'bypass-overdue': {
    subject: 'Bypass past its end: pbx.northwind.test',
    says: 'nobody has said that it is.',
    audience: 'everyone',
    byWindow: false,
  },
  'bypass-to-switch-off': {
    subject: 'Switch the bypass off: pbx.northwind.test',
    says: 'it is not the self-signed certificate of the UCX.',
    audience: 'everyone',
    byWindow: false,
  },
  'restart-by-hand': {
    subject: 'Please restart InfinityOne on pbx.northwind.test now',
    says: 'Administration, General, RESTART THE SERVER.',
    audience: 'everyone',
    byWindow: false,
  },
  'next-certificate-wanted': {
    subject: 'Next certificate wanted: pbx.northwind.test',
    says: 'Or have E-MetroTel obtain one instead',
    audience: 'everyone',
    byWindow: false,
  },
  'next-certificate-urgent': {
    subject: 'Ends soon: the certificate of pbx.northwind.test',
    says: 'When it ends, phones stop connecting.',
    audience: 'everyone',
    byWindow: false,
  },
  'restart-back-by-hand': {
    subject: 'Please restart InfinityOne on pbx.northwind.test once more',
    says: 'The old files are back, but InfinityOne still serves what it read before',
    audience: 'everyone',
    byWindow: false,
  },
  'restart-asked': {
    subject: 'Answer needed: InfinityOne restart on pbx.northwind.test',
    says: 'It is restarted as soon as somebody says yes and no call is under way, and not before.',
    audience: 'everyone',
    byWindow: false,
  },
  'web-served': {
    subject: 'In place: pbx.northwind.test, without InfinityOne yet',
    says: 'we have seen it on the wire. Nothing was restarted.',
    audience: 'everyone',
    byWindow: false,
  },
  'site-served': {
    subject: 'Done: InfinityOne on pbx.northwind.test serves its certificate',
    says: 'InfinityOne is there on pbx.northwind.test and serves its certificate',
    audience: 'everyone',
    byWindow: false,
  },
  'site-not-there': {
    subject: 'Not there: InfinityOne on pbx.northwind.test',
    says: 'renewals go on; each looks for InfinityOne again.',
    audience: 'ops',
    byWindow: false,
  },
  'other-served': {
    subject: 'Another certificate on pbx.northwind.test',
    says: 'Nothing was changed; ours goes on to be renewed.',
    audience: 'ops',
    byWindow: false,
  },
  'look-at-web': {
    subject: 'Look at Apache: pbx.northwind.test',
    says: 'Phones are not concerned, and nothing was rolled back.',
    audience: 'ops',
    byWindow: false,
  },
  'revocation-failed': {
    subject: 'Not revoked: a certificate of pbx.northwind.test',
    says: 'could not be revoked at its authority.',
    audience: 'ops',
    byWindow: false,
  },
  'renewal-overdue': {
    subject: 'Ends soon: the certificate of pbx.northwind.test is not renewed yet',
    says: 'Renewals go on by themselves; please look what holds them up.',
    audience: 'ops',
    byWindow: false,
  },
  'renewal-given-up': {
    subject: 'Given up: no more renewals for pbx.northwind.test',
    says: 'It is not tried any more; place an order when the server is back.',
    audience: 'ops',
    byWindow: false,
  },
};
const rows = (Object.keys(kinds) as NoticeKind[]).map((kind) => ({ kind, ...kinds[kind] }));

describe('a notice', () => {
  it.each(rows)('of $kind has its subject, its words and its audience', ({ kind, subject, says, audience }) => {
    const written = writeNotice(kind, { order, appointment, why: undefined });
    expect(written.subject).toBe(subject);
    expect(written.text).toContain(says);
    expect(audienceOf(kind)).toBe(audience);
    expect(written.text).toMatch(
      /\n\nServer: pbx\.northwind\.test, site port 21326\nCustomer: Northwind Traders\nOrder: o1\nAppointment: o1-a1, change 3\n\nE-MetroTel certificate service\n$/,
    );
    expect(written.text).not.toContain('Why:');
    expect(written.text).not.toContain('\n\n\n');
  });

  it.each(rows)('of $kind says the same in HTML', ({ kind }) => {
    const { subject, text, html } = writeNotice(kind, { order, appointment, why: 'tom & "jerry" <b> it\'s' });
    expect(wordsOfHtml(html)).toBe(wordsOf(`${subject} ${text}`));
  });

  it.each(rows)('of $kind says what a restart means to users if it announces one, and how to tell them', ({ kind }) => {
    const { text } = writeNotice(kind, { order, appointment, why: undefined });
    const isAnnounced = kinds[kind].byWindow || kind === 'restart-now' || kind === 'restart-asked';
    for (const words of ['\nHow long it takes: about a minute', '\nWhat drops: ', '\nWhat users should do: ']) {
      expect(text.includes(words)).toBe(isAnnounced);
    }
    expect(text.split('\n').filter((line) => line.startsWith('@all! '))).toHaveLength(isAnnounced ? 1 : 0);
  });

  it.each<{ kind: NoticeKind; change: Partial<Appointment>; heading: string; says: string }>([
    {
      kind: 'restart-announced',
      change: {},
      heading: 'To tell your users, paste this in InfinityOne:',
      says: `@all! InfinityOne restarts within Wednesday ${WINDOW}. It takes about a minute. `,
    },
    {
      kind: 'restart-moved',
      change: { confirmation: 'contact', opensAt: '2027-01-10T04:30:00Z', closesAt: '2027-01-10T06:00:00Z' },
      heading: 'To tell your users once it is confirmed, paste this in InfinityOne:',
      says: '@all! InfinityOne restarts within Saturday 2027-01-09 23:30 to 2027-01-10 01:00 (America/Toronto). ',
    },
    {
      kind: 'restart-announced',
      change: { confirmation: 'ops' },
      heading: 'To tell your users once it is confirmed, paste this in InfinityOne:',
      says: `@all! InfinityOne restarts within Wednesday ${WINDOW}. `,
    },
    {
      kind: 'restart-announced',
      change: { confirmation: 'contact', emergency: true },
      heading: 'To tell your users, paste this in InfinityOne:',
      says: `@all! InfinityOne restarts within Wednesday ${WINDOW}. `,
    },
    {
      kind: 'restart-now',
      change: { confirmation: 'contact', runNow: true },
      heading: 'To tell your users, paste this in InfinityOne:',
      says: '@all! InfinityOne restarts now. It takes about a minute. ',
    },
  ])('of $kind gives one line to paste: $says', ({ kind, change, heading, says }) => {
    const { text } = writeNotice(kind, { order, appointment: { ...appointment, ...change }, why: undefined });
    expect(text).toContain(`\n\n${heading}\n\n${says}`);
  });

  it('cuts what a server said to a length people read, at no half character', () => {
    const why = `${'x'.repeat(1_999)}${'👩'.repeat(100_000)}`;
    const { text, html } = writeNotice('rolled-back', { order, appointment, why });
    expect([text.length < 4_000, html.length < 6_000, text.isWellFormed()]).toEqual([true, true, true]);
    expect(text).toContain('…\n');
  });

  it.each(['dns-wanted', 'dns-reminder'] as const)(
    'of %s has the records, and how long they are waited for',
    (kind) => {
      const record = {
        ...({ name: 'pbx.northwind.test', type: 'A', value: '203.0.113.10', where: 'public', required: true } as const),
        ...{ why: 'phones', seen: ['198.51.100.9'] },
      };
      const awaiting = { ...order, wantedRecords: [record] };
      const { text } = writeNotice(kind, { order: awaiting, appointment: undefined, why: undefined });
      expect(text).toContain('\nIt waits for them for 14 days in all.\n');
      expect(text).toContain(
        '\n\n  pbx.northwind.test. A 203.0.113.10\n    needed: phones\n    now there: 198.51.100.9\n\nServer:',
      );
    },
  );

  it('of a renewal that stopped says that another is ordered by itself', () => {
    const renewal = { ...order, reason: 'renew' as const };
    const { text } = writeNotice('needs-attention', { order: renewal, appointment: undefined, why: undefined });
    expect(text).toContain('Another is ordered by itself after a while; the old certificate stays served.');
    expect(text).not.toContain('Nothing more happens by itself');
  });

  it.each(rows.filter((row) => row.byWindow))('of $kind says whether somebody has to confirm', ({ kind }) => {
    const text = (confirmation: Appointment['confirmation'], emergency?: true) =>
      writeNotice(kind, { order, appointment: { ...appointment, confirmation, emergency }, why: undefined }).text;
    expect(text('nobody')).toContain('Nothing has to be done for it to happen.');
    expect(text('contact')).toContain('It happens only if somebody confirms it before the window closes.');
    expect(text('contact')).not.toContain('Nothing has to be done');
    expect(text('ops')).toContain('It happens only if E-MetroTel confirms it before the window closes.');
    expect(text('ops', true)).toContain('it happens outside of them, and nobody has to confirm it.');
    expect(text('ops', true)).not.toContain('It happens only if');
  });

  it('says why, and leaves the appointment out when there is none', () => {
    const { text } = writeNotice('needs-attention', {
      order,
      appointment: undefined,
      why: 'disk-full in stage-certificate',
    });
    expect(text).toContain('\nWhy: disk-full in stage-certificate\n');
    expect(text).not.toContain('Appointment');
  });

  it.each([
    'Northwind\r\nBcc: everyone@northwind.test',
    'Northwind\n\nNothing has to be done.\n',
    'Northwind\u2028Nothing has to be done.',
    'Northwind \u202e.enod eb ot sah gnihtoN',
    'Northwind \u001b]0;owned\u0007',
  ])('keeps a hostile customer (%j) to one line of the text, and every mail sendable', (customer) => {
    for (const { kind } of rows) {
      const hostile = { ...order, request: { ...order.request, customer } };
      const { subject, text, html } = writeNotice(kind, { order: hostile, appointment, why: customer });
      const plain = writeNotice(kind, { order, appointment, why: 'x' });
      expect(subject).toBe(plain.subject);
      expect(text.split('\n')).toHaveLength(plain.text.split('\n').length);
      expect(html.split('\n')).toHaveLength(plain.html.split('\n').length);
      expect(`${text}${html}`).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
      expect(() => checkMailFields({ messageId: '<a@b.test>', to: 'a@b.test', subject, text, html })).not.toThrow();
    }
  });
});

/** What is read aloud of it; the label of a row is followed by the colon that it has in the text. */
function wordsOfHtml(html: string): string {
  const body = html
    .slice(html.indexOf('<body>'))
    .replaceAll('</th>', ': ')
    .replaceAll(/<[^>]*>/g, ' ');
  return wordsOf(body.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
}

function wordsOf(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

describe('a window in words', () => {
  it.each([
    { zone: 'America/Toronto', words: WINDOW },
    { zone: 'Etc/UTC', words: '2027-01-13 07:00 to 09:00 (Etc/UTC)' },
    { zone: 'Pacific/Kiritimati', words: '2027-01-13 21:00 to 23:00 (Pacific/Kiritimati)' },
    { zone: 'Asia/Kathmandu', words: '2027-01-13 12:45 to 14:45 (Asia/Kathmandu)' },
    { zone: 'Australia/Perth', words: '2027-01-13 15:00 to 17:00 (Australia/Perth)' },
  ])('is what a clock in $zone shows', ({ zone, words }) => {
    expect(describeWindow(appointment, zone)).toBe(words);
  });

  it('says both days when it crosses midnight', () => {
    const late = { opensAt: '2027-01-13T04:00:00Z', closesAt: '2027-01-13T06:00:00Z' };
    expect(describeWindow(late, 'America/Toronto')).toBe('2027-01-12 23:00 to 2027-01-13 01:00 (America/Toronto)');
  });
});
