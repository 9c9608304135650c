// Mail that was taken over and came back: told is taken back, once, and only for whom it was for.

import { afterEach, describe, expect, it } from 'vitest';
import { appointmentId } from '../../src/domain/appointment.ts';
import { noticesPartition } from '../../src/domain/inventory-key.ts';
import { appointmentKey, type NoticeRecord } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { changeAppointment } from '../../src/workflows/change-appointment.ts';
import { type MailReport, noteBounce } from '../../src/workflows/note-bounce.ts';
import { OrderWorld, PARTNER, request } from '../support/order-world.ts';

let world: OrderWorld;
afterEach(() => world.close());

const [ANA, BEN, OPS] = ['ana@northwind.test', 'ben@northwind.test', 'ops@emetrotel.test'];
const both = { contacts: [ANA, BEN].map((email) => ({ name: undefined, email })) };

async function waiting(change: Partial<typeof request> = {}) {
  world = await OrderWorld.open();
  const services = await world.begin();
  const { id } = await world.place(services, change);
  await world.run(async () => (await appointment(services, id))?.callbackId !== undefined);
  return { services, id };
}

async function appointment(services: Services, id: string) {
  return (await services.inventory.find(appointmentKey(PARTNER, appointmentId(id, 1))))?.value;
}

/** Of the first mail to that address. */
function report(address: string, change: Partial<MailReport> = {}): MailReport {
  const messageId = world.mail.deliveredTo(address)[0]?.messageId ?? 'none';
  return { kind: 'bounce', messageId, address, why: '550 5.1.1 the mailbox is gone', ...change };
}

function toOps(): readonly string[] {
  return world.mail.deliveredTo(OPS).map(({ subject }) => subject.split(':')[0] ?? '');
}

async function notices(services: Services, id: string): Promise<readonly NoticeRecord[]> {
  const { items } = await services.inventory.list<NoticeRecord>(noticesPartition(PARTNER, id), { limit: 100 });
  return items.map(({ value }) => value);
}

describe('a mail that comes back', () => {
  it('from the only contact: no restart, a person is asked at once, and nothing more is sent there', async () => {
    const { services, id } = await waiting();
    expect(await noteBounce(report(ANA), services)).toBe('noted');
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'nobody-told' } });
    expect(new Date().toISOString()).toMatch(/^2027-01-11T/);
    expect(await appointment(services, id)).toMatchObject({ state: 'missed' });
    expect(world.appliances.count('restart')).toBe(0);
    expect(world.mail.deliveredTo(ANA)).toHaveLength(1);
    expect(toOps()).toEqual(['InfinityOne restart on pbx.northwind.test', 'Mail came back', 'Needs a person']);
    const text = world.mail.deliveredTo(OPS).find(({ subject }) => subject.startsWith('Mail came back'))?.text;
    expect(text).toContain(`to ${ANA} came back: 550 5.1.1 the mailbox is gone`);
  });

  it('after the notice has begun to count: no restart either', async () => {
    const { services, id } = await waiting();
    await world.run(() => new Date() >= new Date('2027-01-13T06:00:00Z'));
    await noteBounce(report(ANA), services);
    await world.runToEnd(id);
    expect(await world.order(id)).toMatchObject({ state: 'needs-attention', problem: { code: 'nobody-told' } });
    expect(world.appliances.count('restart')).toBe(0);
  });

  it('from one contact of two leaves the restart as it is; the other goes on hearing of it', async () => {
    const { services, id } = await waiting(both);
    await noteBounce(report(ANA), services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(world.mail.deliveredTo(ANA)).toHaveLength(1);
    expect(world.mail.deliveredTo(BEN)).toHaveLength(4);
    const kept = (await notices(services, id)).filter(({ to }) => to === ANA);
    expect(kept).toMatchObject([{ deliveredAt: expect.any(String), bouncedAt: expect.any(String) }]);
  });

  it('is told to our people once, however often it is reported', async () => {
    const { services, id } = await waiting(both);
    await noteBounce(report(ANA), services);
    await noteBounce(report(ANA), services);
    expect(toOps().filter((subject) => subject === 'Mail came back')).toHaveLength(1);
    await noteBounce(report(BEN), services);
    expect(toOps().filter((subject) => subject === 'Mail came back')).toHaveLength(2);
    await world.runToEnd(id);
    expect((await world.order(id)).problem?.code).toBe('nobody-told');
  });

  it('does not undo the yes of a contact', async () => {
    const { services, id } = await waiting({ windowPolicy: { ...request.windowPolicy, confirmation: 'contact' } });
    await changeAppointment(PARTNER, appointmentId(id, 1), { act: 'confirm' }, services);
    await noteBounce(report(ANA), services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });

  it('after the restart is told to our people and changes nothing', async () => {
    const { services, id } = await waiting();
    await world.runToEnd(id);
    await noteBounce(report(ANA), services);
    expect(await world.order(id)).toMatchObject({ state: 'done' });
    expect(await appointment(services, id)).toMatchObject({ state: 'done', toldAt: expect.any(String) });
    expect(toOps().at(-1)).toBe('Mail came back');
  });

  it('from our own people is kept, and no mail follows that would come back too', async () => {
    const { services, id } = await waiting();
    await noteBounce(report(OPS), services);
    expect(toOps()).toEqual(['InfinityOne restart on pbx.northwind.test']);
    expect((await notices(services, id)).find(({ to }) => to === OPS)?.bouncedAt).toBeDefined();
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
  });
});

describe('a reminder that comes back', () => {
  it('does not take back what the announcement has told', async () => {
    const { services, id } = await waiting();
    await world.run(() => world.mail.deliveredTo(ANA).length === 2);
    const { messageId = '' } = world.mail.deliveredTo(ANA)[1] ?? {};
    await noteBounce(report(ANA, { messageId }), services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(toOps()).toContain('Mail came back');
    expect(world.mail.deliveredTo(ANA)).toHaveLength(2);
  });
});

describe('a report', () => {
  it.each<{ of: string; change: Partial<MailReport> }>([
    { of: 'a mail that is none of ours', change: { messageId: '<restart.o1@elsewhere.test>' } },
    { of: 'one of our mails to somebody else', change: { address: 'eve@northwind.test' } },
  ])('about $of changes nothing', async ({ change }) => {
    const { services, id } = await waiting();
    expect(await noteBounce(report(ANA, change), services)).toBe('unknown');
    expect((await notices(services, id)).filter(({ bouncedAt }) => bouncedAt !== undefined)).toEqual([]);
    expect((await appointment(services, id))?.toldAt).toBeDefined();
    expect(toOps()).toHaveLength(1);
  });

  it('that a mail was called unwanted is told to our people; whoever read it is told', async () => {
    const { services, id } = await waiting();
    await noteBounce(report(ANA, { kind: 'complaint', why: 'abuse' }), services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(toOps()).toContain('Mail came back');
    const [first] = (await notices(services, id)).filter(({ to, kind }) => to === ANA && kind === 'restart-announced');
    expect([first?.bouncedAt, first?.complainedAt === undefined]).toEqual([undefined, false]);
  });
});
