// The three names of a server are not one: everybody who can change them is told how, once, and the order goes on.

import { afterEach, expect, it } from 'vitest';
import { serverKey } from '../../src/steps/records.ts';
import { HOSTNAME, OrderWorld, PARTNER } from '../support/order-world.ts';

let world: OrderWorld;
afterEach(() => world.close());

const ANA = 'ana@northwind.test';
const SUBJECT = `Names to change on ${HOSTNAME}`;

it('after an upgrade, with an address as Host Name: the contact is told where to change it, and the certificate comes all the same', async () => {
  world = await OrderWorld.open();
  world.appliances.turn({ siteUrl: 'https://192.168.1.200:21326', hostname: 'localhost.localdomain' });
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.runToEnd(id);
  const order = await world.order(id);
  expect(order.state).toBe('done');
  expect(order.warnings).toEqual([
    expect.stringContaining('is the address 192.168.1.200'),
    expect.stringContaining('as it leaves the factory'),
  ]);
  const told = world.mail.deliveredTo(ANA).filter(({ subject }) => subject === SUBJECT);
  expect(told).toHaveLength(1);
  expect(told[0]?.text).toMatch(
    /\nthe Site URL of InfinityOne is the address 192\.168\.1\.200.*Administration, General, Network\)\n/,
  );
  expect(told[0]?.text).toMatch(/\nthe UCX calls itself "localhost\.localdomain".*System, Network\)/);
  const server = await world.inventory.find(serverKey(PARTNER, HOSTNAME));
  expect(server?.value.names?.findings.map(({ code }) => code)).toEqual(['site-url-address', 'ucx-hostname-factory']);
});

it('nobody is told anything where they agree, or could not be read', async () => {
  world = await OrderWorld.open();
  world.appliances.turn({ siteUrl: `https://${HOSTNAME}:21326` });
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.runToEnd(id);
  expect((await world.order(id)).warnings).toEqual([]);
  expect(world.mail.deliveredTo(ANA).map(({ subject }) => subject)).not.toContain(SUBJECT);
  const server = await world.inventory.find(serverKey(PARTNER, HOSTNAME));
  expect(server?.value.names?.findings.map(({ code, kind }) => [code, kind])).toEqual([
    ['ucx-hostname-unread', 'unread'],
  ]);
});

it('does not stop for contacts who cannot be told of it', async () => {
  world = await OrderWorld.open({ mailFate: ({ subject }) => (subject === SUBJECT ? 'refused' : 'delivered') });
  world.appliances.turn({ siteUrl: 'https://ucx.lan:21326' });
  const services = await world.begin();
  const { id } = await world.place(services);
  await world.runToEnd(id);
  expect((await world.order(id)).state).toBe('done');
});
