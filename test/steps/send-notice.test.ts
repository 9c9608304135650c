// Each notice once: what is sent again after a lost answer is the message that was sent, however late it is and whatever is said by then.

import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { type MailFate, MemoryMail } from '../../src/adapters/memory/memory-mail.ts';
import type { MailMessage } from '../../src/ports/mail.ts';
import { appointmentKey, changeItem, noticeKey, orderKey } from '../../src/steps/records.ts';
import { type NoticeInput, sendNotice } from '../../src/steps/send-notice.ts';
import { appointment, order } from '../support/notice-facts.ts';
import { LINK_KEY, PARTNER } from '../support/order-world.ts';
import { readCalendar } from '../support/read-calendar.ts';

const FIRST = new Date('2027-01-11T15:00:00Z');
const LATER = new Date('2027-01-11T16:00:00Z');
const ANA = 'ana@northwind.test';

describe('a notice', () => {
  let now: Date;
  let fate: (message: MailMessage) => MailFate;
  let mail: MemoryMail;
  let inventory: MemoryInventory;

  beforeEach(async () => {
    now = FIRST;
    fate = () => 'delivered';
    mail = new MemoryMail((message) => fate(message));
    inventory = new MemoryInventory();
    await inventory.add(orderKey(PARTNER, order.id), order);
    await inventory.add(appointmentKey(PARTNER, appointment.id), appointment);
  });

  async function send(input: Partial<NoticeInput> = {}, isAboutRestart = true) {
    const settings = {
      profiles: {},
      roots: [],
      opsAddresses: ['ops@emetrotel.test'],
      grants: {},
      mailDomain: 'certificates.emetrotel.test',
      mailAddress: 'certificates@emetrotel.test',
      linkBase: 'https://certificates.emetrotel.test',
    };
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const restart = isAboutRestart ? { appointmentId: appointment.id } : {};
    const of = { partner: PARTNER, orderId: order.id, visit: 1, ...restart };
    return await sendNotice(
      { ...of, notice: 'restart-missed', why: 'calls went on', ...input },
      { inventory, mail, clock, linkKeys: { list: async () => [LINK_KEY] }, log: new MemoryLog(), settings },
    );
  }

  it('reaches each person with text, HTML and the same entry for the calendar', async () => {
    expect(await send()).toMatchObject({ kind: 'done', value: { told: 2, missed: 0 } });
    const [toAna, toOps] = mail.delivered();
    expect(toAna).toMatchObject({ to: ANA, writtenAt: FIRST, text: expect.stringContaining('Why: calls went on') });
    expect(toAna?.html).toContain('<p>Why: calls went on</p>');
    expect(readCalendar(toAna?.calendar?.content ?? '')).toMatchObject({ writtenAt: FIRST, method: 'PUBLISH' });
    expect(toOps).toMatchObject({ to: 'ops@emetrotel.test', calendar: toAna?.calendar });
  });

  it.each<{ when: string; change: Partial<typeof appointment> }>([
    { when: 'was moved', change: { state: 'announced', sequence: 1 } },
    { when: 'was cancelled', change: { state: 'cancelled', sequence: 1 } },
    { when: 'has begun', change: { state: 'open' } },
  ])('that reminds of a restart is not sent once the restart $when, and never counts as told', async ({ change }) => {
    const key = appointmentKey(PARTNER, appointment.id);
    await changeItem(inventory, key, (kept) => ({ ...kept, state: 'announced' as const }));
    const reminder = { notice: 'restart-reminder' as const, sequence: 0, number: 1 };
    expect(await send(reminder)).toMatchObject({ kind: 'done', value: { told: 2 } });
    expect((await inventory.find(key))?.value.toldAt).toBeUndefined();
    await changeItem(inventory, key, (kept) => ({ ...kept, ...change }));
    expect(await send({ ...reminder, number: 2 })).toMatchObject({ kind: 'done', value: { told: 0 } });
    expect(mail.delivered()).toHaveLength(2);
  });

  it('is not told when its mail came back before that was noted', async () => {
    const key = noticeKey(PARTNER, order.id, `restart-missed#${appointment.id}#0`, ANA);
    const original = mail.send.bind(mail);
    mail.send = async (message) => {
      await original(message);
      if (message.to === ANA) await changeItem(inventory, key, (kept) => ({ ...kept, bouncedAt: FIRST.toISOString() }));
    };
    expect(await send()).toMatchObject({ kind: 'problem', problem: { code: 'mail-refused' } });
    expect((await inventory.find(appointmentKey(PARTNER, appointment.id)))?.value.toldAt).toBeUndefined();
    await send();
    expect(mail.deliveredTo(ANA)).toHaveLength(1);
  });

  it('is the same message when its answer was lost, though the clock went on and the cause is told otherwise', async () => {
    fate = ({ to }) => (to === ANA ? 'lost-answer' : 'delivered');
    await send();
    now = LATER;
    fate = () => 'delivered';
    await changeItem(inventory, appointmentKey(PARTNER, appointment.id), (kept) => ({
      ...kept,
      state: 'confirmed' as const,
    }));
    await send({ why: 'another cause' });
    const [first, second, ...others] = mail.deliveredTo(ANA);
    expect([second, others]).toEqual([first, []]);
    expect(mail.deliveredTo('ops@emetrotel.test')).toHaveLength(1);
  });

  it('about records is the same message too, though others are wanted by then', async () => {
    const wanted = (name: string) => ({
      name,
      type: 'CNAME' as const,
      value: 'x.challenges.emetrotel.test',
      where: 'public' as const,
      required: true,
      why: 'it proves the name',
      seen: [],
    });
    const want = (name: string) =>
      changeItem(inventory, orderKey(PARTNER, order.id), (kept) => ({ ...kept, wantedRecords: [wanted(name)] }));
    const about = { notice: 'dns-wanted', number: 1 } as const;
    await want('_acme-challenge.one.test');
    fate = () => 'lost-answer';
    await send(about, false);
    fate = () => 'delivered';
    await want('_acme-challenge.two.test');
    await send(about, false);
    const [first, second] = mail.deliveredTo(ANA);
    expect(second).toEqual(first);
    expect(first?.html).toContain('<p class="box">_acme-challenge.one.test. CNAME x.challenges.emetrotel.test.<br>');
    await send({ notice: 'dns-reminder', number: 2 }, false);
    expect(mail.deliveredTo(ANA).at(-1)?.text).toContain('_acme-challenge.two.test.');
  });

  it('of a change is another message', async () => {
    await send();
    now = LATER;
    await changeItem(inventory, appointmentKey(PARTNER, appointment.id), (kept) => ({ ...kept, sequence: 1 }));
    await send({ notice: 'restart-moved' });
    const [first, second] = mail.deliveredTo(ANA);
    expect(second?.messageId).not.toBe(first?.messageId);
    expect(second?.writtenAt).toEqual(LATER);
  });

  it('begun by a process that did not keep when it was written is sent as of now, with the cause of now', async () => {
    const key = noticeKey(PARTNER, order.id, `restart-missed#${appointment.id}#0`, ANA);
    await inventory.add(key, { messageId: '<kept@emetrotel.test>', to: ANA, kind: 'restart-missed', subject: 'kept' });
    now = LATER;
    await send();
    expect(mail.deliveredTo(ANA)).toMatchObject([
      {
        messageId: '<kept@emetrotel.test>',
        subject: 'kept',
        writtenAt: LATER,
        text: expect.stringContaining('Why: calls went on'),
      },
    ]);
  });

  it('without a restart has no calendar', async () => {
    await send({ notice: 'needs-attention' });
    expect(mail.delivered()).toMatchObject([{ to: 'ops@emetrotel.test', calendar: undefined }]);
    expect(mail.delivered()[0]?.html).toContain('<h1>Needs a person');
  });
});
