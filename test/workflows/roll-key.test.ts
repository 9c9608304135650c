// Another key for our account at an authority: one change however often it is asked for, and orders go on afterwards.

import { afterEach, describe, expect, it } from 'vitest';
import { accountKey, getItem } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptKeyChange } from '../../src/workflows/roll-key.ts';
import { OrderWorld } from '../support/order-world.ts';

let world: OrderWorld;
let services: Services;

async function served(): Promise<void> {
  world = await OrderWorld.open();
  services = await world.begin();
  const { id } = await world.place(services);
  await world.runToEnd(id);
}

const account = async () => (await getItem(world.inventory, accountKey('memory'))).value;

afterEach(() => world.close());

describe('a new account key', () => {
  it('is one change however often it is asked for, and the next order is placed with it', async () => {
    await served();
    const before = await account();
    expect(await acceptKeyChange('memory', services)).toBe(2);
    expect(await acceptKeyChange('memory', services)).toBe(2);
    await world.run(async () => (await account()).generation === 2);
    await world.run(() => false);
    const after = await account();
    expect(after).toMatchObject({ accountUrl: before.accountUrl, generation: 2 });
    expect(after.keyRef).not.toEqual(before.keyRef);

    const { id } = await world.place(services, {}, 'k2');
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(world.authority.count('newAccount')).toBe(1);
  });

  it('goes on after the process died', async () => {
    await served();
    await acceptKeyChange('memory', services);
    await world.kill();
    services = await world.begin();
    await world.run(async () => (await account()).generation === 2);
    expect(await account()).not.toHaveProperty('next');
  });

  it('that its authority did not make within a day can be asked for again', async () => {
    await served();
    world.authority.turn({ unreachable: true });
    await acceptKeyChange('memory', services);
    await world.run(() => false);
    expect((await account()).generation).toBeUndefined();
    world.authority.turn({ unreachable: false });
    await acceptKeyChange('memory', services);
    await world.run(async () => (await account()).generation === 2);
    expect((await account()).generation).toBe(2);
  });

  it('is nothing to ask for where we have no account', async () => {
    world = await OrderWorld.open();
    services = await world.begin();
    await expect(acceptKeyChange('memory', services)).rejects.toMatchObject({ name: 'not-found' });
  });
});
