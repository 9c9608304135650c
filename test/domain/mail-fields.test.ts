// Which mails are sent at all.

import { describe, expect, it } from 'vitest';
import { checkMailFields, type MailFields } from '../../src/domain/mail-fields.ts';

const good: MailFields = {
  messageId: '<a.b@northwind.test>',
  to: 'o.k+x@northwind.test',
  subject: 'Zoë – hello',
  text: '',
};

describe('a mail', () => {
  it.each<Partial<MailFields>>([
    {},
    { to: "o'neill@a.b.c.test" },
    { to: 'ops@localhost' },
    { to: `${'a'.repeat(64)}@${'b'.repeat(60)}.test` },
    { subject: '' },
    { text: 'x'.repeat(262_144), html: '<p>\r\n</p>' },
    { calendar: { method: 'CANCEL', content: 'x'.repeat(65_536) } },
  ])('is taken with %j', (fields) => {
    expect(() => checkMailFields({ ...good, ...fields })).not.toThrow();
  });

  it.each<{ field: keyof MailFields; value: string }>([
    { field: 'to', value: '' },
    { field: 'to', value: 'a@b@c.test' },
    { field: 'to', value: 'a b@c.test' },
    { field: 'to', value: '"a b"@c.test' },
    { field: 'to', value: 'a@c.test\0' },
    { field: 'to', value: 'a@-c.test' },
    { field: 'to', value: 'a@c..test' },
    { field: 'to', value: 'zoë@c.test' },
    { field: 'to', value: `${'a'.repeat(65)}@c.test` },
    { field: 'to', value: `a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(80)}` },
    { field: 'messageId', value: '' },
    { field: 'messageId', value: '<a>' },
    { field: 'messageId', value: '<a@b> <c@d>' },
    { field: 'messageId', value: `<${'a'.repeat(1_000)}@b>` },
    { field: 'subject', value: 'a\tb' },
    { field: 'subject', value: 'a\u0085b' },
    { field: 'subject', value: 'a'.repeat(901) },
    { field: 'text', value: 'x'.repeat(262_145) },
    { field: 'html', value: 'x'.repeat(262_145) },
  ])('is refused for its $field', ({ field, value }) => {
    const check = () => checkMailFields({ ...good, [field]: value });
    expect(check).toThrow(expect.objectContaining({ name: 'bad-request', field }));
  });

  it.each([
    { method: 'PUBLISH; x=y', content: '' },
    { method: 'PUBLISH\r\nBcc: all@northwind.test', content: '' },
    { method: 'publish', content: '' },
    { method: 'PUBLISH', content: 'x'.repeat(65_537) },
  ])('is refused for its calendar', (calendar) => {
    const check = () => checkMailFields({ ...good, calendar });
    expect(check).toThrow(expect.objectContaining({ name: 'bad-request', field: 'calendar' }));
  });
});
