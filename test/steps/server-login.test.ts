// Logging in to a server whose key was changed behind our back: one other key is tried, each refusal counts, and two are enough.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSshStopped } from '../../src/domain/server.ts';
import { changeItem, guardKey, serverKey } from '../../src/steps/records.ts';
import { logInTo } from '../../src/steps/server-login.ts';
import type { Services } from '../../src/steps/services.ts';
import { acceptRotation } from '../../src/workflows/rotate-ssh-key.ts';
import { furnishFleet, guarded, kept, lineFor, sshKeys } from '../support/key-fleet.ts';
import { FIRST_SSH_KEY, OrderWorld, PARTNER } from '../support/order-world.ts';

let world: OrderWorld;
let services: Services;
let hostname: string;
let address: string;

/** One server that has moved to key 2. */
beforeEach(async () => {
  world = await OrderWorld.open();
  services = await world.begin(guarded(world));
  const [server] = await furnishFleet(world, 1);
  if (server === undefined) throw new Error('no server');
  ({ hostname, address } = server);
  await rotated();
});
afterEach(() => world.close());

async function rotated(): Promise<void> {
  await acceptRotation(PARTNER, {}, services);
  await world.run(async () => (await sshKeys(world)).rotation?.endedAt !== undefined);
}

const first = () => world.serverKeys.publicHalf(FIRST_SSH_KEY);
const newest = async () => (await sshKeys(world)).keys.at(-1);
const access = async () => ({ partner: PARTNER, request: await kept(world, hostname) });
const logIn = async () => await (await logInTo(await access(), services, (at) => services.appliances.open(at))).close();
const setUpWith = (...publicKeys: readonly string[]) =>
  world.serverKeys.furnish(
    address,
    publicKeys.map((key) => lineFor(world, hostname, key)),
  );
const refusals = () => world.serverKeys.count(address, 'refusals');
const guard = async () => (await world.inventory.find(guardKey(PARTNER, hostname)))?.value;

describe('a server', () => {
  it('that was moved while somebody was on the way is logged in to with the key noted since', async () => {
    const before = (await newest())?.keyId;
    await changeItem(world.inventory, serverKey(PARTNER, hostname), (server) => ({ ...server, sshKeyId: undefined }));
    const late = await access();
    const session = logInTo(late, services, async (at) => {
      // The walk passes between reading the note and the door.
      if (at.sshKey === undefined)
        await changeItem(world.inventory, serverKey(PARTNER, hostname), (server) => ({ ...server, sshKeyId: before }));
      return await services.appliances.open(at);
    });
    await (await session).close();
    expect(refusals()).toBe(1);
    expect(await kept(world, hostname)).toMatchObject({ sshKeyId: before });
  });

  it('that was restored from before the rotation is logged in to with the old key, and moved by the next', async () => {
    setUpWith(first());
    await logIn();
    expect(await kept(world, hostname)).not.toHaveProperty('sshKeyId');
    await logIn();
    expect([refusals(), world.serverKeys.count(address, 'logins')]).toEqual([1, 2]);
    expect(isSshStopped(await guard())).toBe(false);
    await rotated();
    const key = await newest();
    expect(key?.generation).toBe(3);
    expect(world.serverKeys.lines(address)).toEqual([lineFor(world, hostname, key?.publicKey ?? '')]);
    expect(refusals()).toBe(1);
  });

  it('that was set up afresh with the newest key is noted so, and what was there before is taken away', async () => {
    await changeItem(world.inventory, serverKey(PARTNER, hostname), (server) => ({ ...server, sshKeyId: undefined }));
    await logIn();
    const key = await newest();
    expect(await kept(world, hostname)).toMatchObject({ sshKeyId: key?.keyId, formerSshKeysAt: ['main'] });
  });

  it('that lets none of ours in is asked twice and then left alone', async () => {
    setUpWith(`ssh-ed25519 ${'S'.repeat(68)}`);
    await expect(logIn()).rejects.toMatchObject({ name: 'ssh-authentication-refused' });
    expect(refusals()).toBe(2);
    await expect(logIn()).rejects.toMatchObject({ name: 'ssh-stopped' });
    expect(refusals()).toBe(2);
  });

  it('that has refused us once today is asked once more', async () => {
    setUpWith(`ssh-ed25519 ${'S'.repeat(68)}`);
    await world.inventory.add(guardKey(PARTNER, hostname), { failedAt: [new Date().toISOString()] });
    await expect(logIn()).rejects.toMatchObject({ name: 'ssh-authentication-refused' });
    expect(refusals()).toBe(1);
  });

  it('whose key we do not know is not knocked at', async () => {
    const unknown = `SHA256:${'Z'.repeat(43)}`;
    await changeItem(world.inventory, serverKey(PARTNER, hostname), (server) => ({ ...server, sshKeyId: unknown }));
    await expect(logIn()).rejects.toMatchObject({ name: 'vault-item-missing' });
    expect(refusals()).toBe(0);
  });
});
