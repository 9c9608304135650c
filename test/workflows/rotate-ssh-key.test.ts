// A partner's SSH key is rotated over its servers: each is moved with a proof, none is ever shut, and those that are away are waited for.

import { afterEach, describe, expect, it } from 'vitest';
import { isSshStopped } from '../../src/domain/server.ts';
import { ROTATION_DAYS } from '../../src/domain/ssh-rotation.ts';
import { guardKey, timelineKey } from '../../src/steps/records.ts';
import type { Services } from '../../src/steps/services.ts';
import { sshMove } from '../../src/steps/ssh-key-records.ts';
import { acceptRotation } from '../../src/workflows/rotate-ssh-key.ts';
import {
  type FleetServer,
  furnishFleet,
  furnishServer,
  guarded,
  kept,
  lineFor,
  sshKeys,
} from '../support/key-fleet.ts';
import { FIRST_SSH_KEY, HOSTNAME, OrderWorld, PARTNER } from '../support/order-world.ts';

const DAY_MS = 24 * 3_600_000;

let world: OrderWorld;
let services: Services;
afterEach(() => world.close());

async function begin(servers: number): Promise<readonly FleetServer[]> {
  world = await OrderWorld.open();
  services = await world.begin(guarded(world));
  return await furnishFleet(world, servers);
}

const rotate = (replaces?: number) => acceptRotation(PARTNER, { replaces }, services);
const isOver = async () => (await sshKeys(world)).rotation?.endedAt !== undefined;
const toTheEnd = () => world.run(isOver);

/** Lets in the newest key alone, with our restrictions, and is noted so. */
async function expectMoved({ hostname, address }: FleetServer): Promise<void> {
  const newest = (await sshKeys(world)).keys.at(-1);
  expect(world.serverKeys.lines(address)).toEqual([lineFor(world, hostname, newest?.publicKey ?? '')]);
  expect(await kept(world, hostname)).toMatchObject({ sshKeyId: newest?.keyId });
  expect(await kept(world, hostname)).not.toHaveProperty('formerSshKeysAt');
}

async function expectUntouched({ hostname, address }: FleetServer): Promise<void> {
  expect(world.serverKeys.lines(address)).toContain(
    lineFor(world, hostname, world.serverKeys.publicHalf(FIRST_SSH_KEY)),
  );
  expect(await kept(world, hostname)).not.toHaveProperty('sshKeyId');
}

const problemOf = async ({ hostname }: FleetServer, step: string) => {
  const { orderId, visit } = sshMove(PARTNER, 2, { hostname, node: 'main' });
  return (await world.inventory.find(timelineKey(PARTNER, orderId, step, visit)))?.value.problem;
};

describe('a rotation', () => {
  it('moves every server, each over three connections and without one refusal', async () => {
    const fleet = await begin(3);
    await rotate();
    await toTheEnd();
    expect((await sshKeys(world)).rotation).toMatchObject({ generation: 2, run: 1, left: 0 });
    for (const server of fleet) {
      await expectMoved(server);
      expect(world.serverKeys.count(server.address, 'logins')).toBe(3);
      expect(world.serverKeys.count(server.address, 'refusals')).toBe(0);
    }
  });

  it('is one however often it is asked for, and the next when it is complete', async () => {
    const fleet = await begin(2);
    for (let i = 0; i < 3; i += 1) await rotate();
    await toTheEnd();
    expect((await sshKeys(world)).keys.map(({ generation }) => generation)).toEqual([2]);
    await rotate(1);
    expect((await sshKeys(world)).rotation).toMatchObject({ generation: 2, left: 0 });
    await rotate();
    await world.run(async () => (await sshKeys(world)).rotation?.generation === 3 && (await isOver()));
    expect((await sshKeys(world)).keys.map(({ generation }) => generation)).toEqual([2, 3]);
    for (const server of fleet) await expectMoved(server);
    await expect(rotate(4)).rejects.toMatchObject({ name: 'bad-request', field: 'replaces' });
  });

  it('leaves lines of others where they are', async () => {
    const [server] = await begin(1);
    if (server === undefined) throw new Error('no server');
    const other = `no-pty ssh-ed25519 ${'O'.repeat(68)} somebody`;
    world.serverKeys.append(server.address, other);
    await rotate();
    await toTheEnd();
    const newest = (await sshKeys(world)).keys.at(-1)?.publicKey ?? '';
    expect(world.serverKeys.lines(server.address)).toEqual([other, lineFor(world, server.hostname, newest)]);
  });

  it('is followed by orders that log in with the new key, and by new servers that begin with it', async () => {
    await begin(0);
    const address = '203.0.113.10';
    await furnishServer(world, { hostname: HOSTNAME, address });
    await rotate();
    await toTheEnd();
    const { id } = await world.place(services);
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    expect(world.serverKeys.count(address, 'refusals')).toBe(0);

    const hostname = 'new.northwind.test';
    const newest = (await sshKeys(world)).keys.at(-1);
    world.serverKeys.furnish('203.0.113.20', [lineFor(world, hostname, newest?.publicKey ?? '')]);
    await world.runToEnd((await world.place(services, { hostname, publicIp: '203.0.113.20' }, 'k2')).id);
    expect(await kept(world, hostname)).toMatchObject({ sshKeyId: newest?.keyId });
    expect(world.serverKeys.count('203.0.113.20', 'refusals')).toBe(0);
  });

  it('moves both nodes of a pair, each with its own proof', async () => {
    await begin(0);
    const [main, standby] = ['203.0.113.10', '203.0.113.11'];
    await furnishServer(world, { hostname: HOSTNAME, address: standby });
    await world.inventory.remove({ partition: `P#${PARTNER}#SERVERS`, sort: HOSTNAME });
    await furnishServer(world, { hostname: HOSTNAME, address: main });
    const { id } = await world.place(services, { standby: { publicIp: standby } });
    await world.runToEnd(id);
    expect((await world.order(id)).state).toBe('done');
    world.serverKeys.turn(standby, { unreachable: true });
    await rotate();
    const newest = async () => (await sshKeys(world)).keys.at(-1)?.keyId;
    await world.run(async () => (await kept(world, HOSTNAME)).sshKeyId === (await newest()));
    expect(await kept(world, HOSTNAME)).not.toHaveProperty('standbySshKeyId');
    world.serverKeys.turn(standby, { unreachable: false });
    await toTheEnd();
    expect(await kept(world, HOSTNAME)).toMatchObject({ sshKeyId: await newest(), standbySshKeyId: await newest() });
    for (const address of [main, standby]) {
      expect(world.serverKeys.lines(address)).toHaveLength(1);
      expect(world.serverKeys.count(address, 'refusals')).toBe(0);
    }
  });

  it('of a large fleet takes several executions, each within the operations one may have', {
    timeout: 120_000,
  }, async () => {
    const fleet = await begin(260);
    for (const { address } of fleet.slice(0, 40)) world.serverKeys.turn(address, { unreachable: true });
    await rotate();
    await world.run(async () => (await sshKeys(world)).rotation?.round === 2);
    for (const { address } of fleet.slice(0, 40)) world.serverKeys.turn(address, { unreachable: false });
    await toTheEnd();
    for (const server of fleet) await expectMoved(server);
    await world.run(() => false);
    const parts = (await world.engine.list()).filter(({ workflow }) => workflow === 'rotate-ssh-key');
    expect(parts.map(({ name }) => name)).toEqual([1, 2, 3, 4, 5].map((part) => `ssh-${PARTNER}-2-1-${part}`));
    expect(parts.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
  });
});

describe('a server that', () => {
  it('is away keeps its key, is tried again for days and moved when it is back; the others do not wait', async () => {
    const [away, other] = await begin(2);
    if (away === undefined || other === undefined) throw new Error('no servers');
    world.serverKeys.turn(away.address, { unreachable: true });
    await rotate();
    const begun = Date.now();
    await world.run(async () => Date.now() - begun > 5 * DAY_MS);
    await expectMoved(other);
    await expectUntouched(away);
    expect(await problemOf(away, 'admit-ssh-key')).toMatchObject({ code: 'server-unreachable' });
    world.serverKeys.turn(away.address, { unreachable: false });
    await toTheEnd();
    await expectMoved(away);
    expect(world.serverKeys.count(away.address, 'refusals')).toBe(0);
  });

  it('is away too long is left to a person; asked again, the same key goes on, and a newer one may be drawn past it', async () => {
    const [away, other] = await begin(2);
    if (away === undefined || other === undefined) throw new Error('no servers');
    world.serverKeys.turn(away.address, { unreachable: true });
    await rotate();
    const begun = Date.now();
    await toTheEnd();
    expect(Date.now() - begun).toBeGreaterThan(ROTATION_DAYS * DAY_MS);
    expect((await sshKeys(world)).rotation).toMatchObject({ left: 1 });
    expect(JSON.stringify(world.log.lines())).toContain('servers let a former SSH key in');
    await expectUntouched(away);

    await rotate(2);
    await world.run(async () => (await sshKeys(world)).keys.length === 2);
    world.serverKeys.turn(away.address, { unreachable: false });
    await toTheEnd();
    expect((await sshKeys(world)).rotation).toMatchObject({ generation: 3, run: 1, left: 0 });
    for (const server of [away, other]) await expectMoved(server);
  });

  it('was left is moved when the rotation is asked for again', async () => {
    const [away] = await begin(1);
    if (away === undefined) throw new Error('no server');
    world.serverKeys.turn(away.address, { unwritable: true });
    await rotate();
    await toTheEnd();
    expect(await problemOf(away, 'admit-ssh-key')).toMatchObject({ code: 'keys-not-changed' });
    world.serverKeys.turn(away.address, { unwritable: false });
    await rotate();
    expect((await sshKeys(world)).rotation).toMatchObject({ generation: 2, run: 2 });
    await toTheEnd();
    await expectMoved(away);
    expect((await sshKeys(world)).keys).toHaveLength(1);
  });

  it('refuses the new key loses nothing, and is asked once', async () => {
    const [deaf, away] = await begin(2);
    if (deaf === undefined || away === undefined) throw new Error('no servers');
    world.serverKeys.turn(deaf.address, { keysElsewhere: true });
    world.serverKeys.turn(away.address, { unreachable: true });
    await rotate();
    await toTheEnd();
    await expectUntouched(deaf);
    expect(await problemOf(deaf, 'prove-ssh-key')).toMatchObject({ code: 'new-key-refused' });
    expect(world.serverKeys.count(deaf.address, 'refusals')).toBe(1);
    const guard = (await world.inventory.find(guardKey(PARTNER, deaf.hostname)))?.value;
    expect([guard?.failedAt.length, isSshStopped(guard)]).toEqual([1, false]);
  });

  it('refused us twice is left alone', async () => {
    const [stopped] = await begin(1);
    if (stopped === undefined) throw new Error('no server');
    const at = new Date().toISOString();
    await world.inventory.add(guardKey(PARTNER, stopped.hostname), { failedAt: [at, at] });
    await rotate();
    await toTheEnd();
    expect(await problemOf(stopped, 'admit-ssh-key')).toMatchObject({ code: 'ssh-stopped' });
    expect(world.serverKeys.count(stopped.address, 'logins')).toBe(0);
    await expectUntouched(stopped);
  });
});

describe('what nothing could be put on a server for', () => {
  it('is not begun: no egress address, or no key to begin with', async () => {
    await begin(1);
    const { settings } = services;
    for (const change of [{ egress: [] }, { egress: undefined }, { publicKeys: {} }, { publicKeys: undefined }]) {
      const without = { ...services, settings: { ...settings, ...change } };
      await expect(acceptRotation(PARTNER, {}, without)).rejects.toMatchObject({ name: 'profile-unknown' });
    }
    expect((await sshKeys(world)).rotation).toBeUndefined();
  });
});
