// A server without a command to restart: a person is asked, waited for, asked once more when it must be taken back; the wire alone is believed.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Appointment } from '../../src/domain/appointment.ts';
import { appointmentId } from '../../src/domain/appointment.ts';
import type { MailMessage } from '../../src/ports/mail.ts';
import { appointmentKey, holdKey } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { changeAppointment } from '../../src/workflows/change-appointment.ts';
import { OrderWorld, PARTNER, profile } from '../support/order-world.ts';

const ANA = 'ana@northwind.test';
const commands = { status: profile.commands.status, calls: profile.commands.calls };

let world: OrderWorld;
let refuse: (message: MailMessage) => boolean = () => false;

beforeEach(async () => {
  refuse = () => false;
  world = await OrderWorld.open({
    profile: { commands },
    mailFate: (message) => (refuse(message) ? 'refused' : 'delivered'),
  });
  world.appliances.turn({ byHand: true });
});
afterEach(() => world.close());

async function asked(): Promise<{ readonly services: Services; readonly id: string }> {
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.run(() =>
    subjects().some((subject) => subject === 'Please restart InfinityOne on pbx.northwind.test now'),
  );
  return { services, id };
}

function subjects(): readonly string[] {
  return world.mail.deliveredTo(ANA).map(({ subject }) => subject);
}

async function appointment(id: string, number = 1): Promise<Appointment | undefined> {
  return (await world.inventory.find(appointmentKey(PARTNER, appointmentId(id, number))))?.value;
}

it('ends with the certificate served once somebody has pressed', async () => {
  const { id } = await asked();
  expect(world.appliances.count('restart')).toBe(0);
  world.appliances.press();
  await world.runToEnd(id);
  expect((await world.order(id)).state).toBe('done');
  expect(subjects().filter((subject) => subject.startsWith('Please restart'))).toHaveLength(1);
});

it('is taken back and agreed on anew when nobody presses, and everybody hears why', async () => {
  const { id } = await asked();
  await world.run(async () => (await appointment(id, 2))?.callbackId !== undefined);
  expect(await appointment(id)).toMatchObject({
    state: 'missed',
    why: 'nobody restarted the service before the window closed',
  });
  expect(world.appliances.count('restart')).toBe(0);
  const last = world.mail.deliveredTo(ANA).at(-1);
  expect(last?.subject).toMatch(/^Postponed: /);
  expect(last?.text).toContain('nobody restarted the service before the window closed');
});

it('is taken back at once by a hold, as nobody has pressed', async () => {
  const { services, id } = await asked();
  await services.inventory.add(holdKey(PARTNER), { reason: 'a fair in town', since: '' });
  await world.run(async () => (await appointment(id, 2)) !== undefined);
  expect(await appointment(id)).toMatchObject({ state: 'missed', why: 'asked to restore' });
  expect(world.appliances.live().chainPem).toBe('');
});

it('that does not work asks for another press, tells of the roll-back after it, and is tried in another window', async () => {
  const { id } = await asked();
  world.appliances.turn({ refusesNewChain: true });
  world.appliances.press();
  await world.run(() => subjects().includes('Please restart InfinityOne on pbx.northwind.test once more'));
  expect([(await appointment(id))?.state, world.appliances.served()]).toEqual(['open', undefined]);
  world.appliances.press();
  await world.run(async () => (await appointment(id, 2))?.callbackId !== undefined);
  expect(await appointment(id)).toMatchObject({ state: 'rolled-back' });
  expect(world.appliances.served()?.chainPem).toBe('');
  expect(subjects().filter((subject) => subject.includes('once more'))).toHaveLength(1);
  expect(subjects()).toContain('Rolled back: pbx.northwind.test serves its old certificate');
});

it('that does not work and is never pressed again becomes a person’s task after six hours', async () => {
  const { id } = await asked();
  const began = Date.now();
  world.appliances.turn({ refusesNewChain: true });
  world.appliances.press();
  await world.runToEnd(id);
  const order = await world.order(id);
  expect([order.state, order.problem?.code]).toEqual(['needs-attention', 'activation-rolled-back']);
  expect(order.problem?.message).toContain('nobody has restarted InfinityOne on them yet');
  expect((Date.now() - began) / 3_600_000).toBeGreaterThan(5);
  expect((Date.now() - began) / 3_600_000).toBeLessThan(7);
});

it('is asked for again as long as the mail reaches nobody', async () => {
  refuse = ({ subject, to }) => to === ANA && subject.startsWith('Please restart') && !isLate();
  let late = false;
  const isLate = () => late;
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.run(async () => (await appointment(id))?.state === 'open');
  await world.run(() => new Date() >= new Date('2027-01-13T07:20:00Z'));
  expect(subjects().some((subject) => subject.startsWith('Please restart'))).toBe(false);
  late = true;
  await world.run(() => subjects().some((subject) => subject.startsWith('Please restart')));
  world.appliances.press();
  await world.runToEnd(id);
  expect((await world.order(id)).state).toBe('done');
});

it('is not said to be done of a restart that is not under way', async () => {
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.run(async () => (await appointment(id))?.toldAt !== undefined);
  const say = () => changeAppointment(PARTNER, appointmentId(id, 1), { act: 'done' }, services);
  await expect(say()).rejects.toMatchObject({ name: 'appointment-closed' });
  await world.run(async () => (await appointment(id))?.state === 'open');
  const first = await say();
  const again = await say();
  expect([first.answers?.length, again.answers?.length]).toEqual([1, 1]);
});
