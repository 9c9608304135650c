// The Mail of workflow tests keeps the port's rules.

import { describe, expect, it } from 'vitest';
import { type MailFate, MemoryMail } from '../../../src/adapters/memory/memory-mail.ts';
import { mailContract } from '../../contracts/mail.ts';

describe('MemoryMail', () => {
  mailContract(async () => {
    let fate: MailFate = 'delivered';
    const mail = new MemoryMail(() => fate);
    return {
      mail,
      delivered: async () => mail.delivered(),
      behave(next) {
        fate = next;
      },
      close: async () => undefined,
    };
  });

  it('tells what each person got', async () => {
    const mail = new MemoryMail(({ to }) => (to === 'gone@northwind.test' ? 'refused' : 'delivered'));
    const told = { messageId: '<1@northwind.test>', subject: 'hello', text: '' };
    await mail.send({ ...told, to: 'ops@northwind.test' });
    await expect(mail.send({ ...told, to: 'gone@northwind.test' })).rejects.toThrow('refused');
    expect(mail.deliveredTo('ops@northwind.test')).toEqual([{ ...told, to: 'ops@northwind.test' }]);
    expect(mail.deliveredTo('gone@northwind.test')).toEqual([]);
  });
});
