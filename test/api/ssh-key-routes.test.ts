// The SSH key of a partner's servers as people see it, and asking for another one.

import { describe, expect, it } from 'vitest';
import { sshKeyId } from '../../src/domain/ssh-public-key.ts';
import { serverKey, timelineKey } from '../../src/steps/records.ts';
import { type SshKey, type SshKeys, sshKeysKey, sshMove } from '../../src/steps/ssh-key-records.ts';
import { ApiWorld, BEGIN, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';

const FIRST = `ssh-ed25519 ${'A'.repeat(68)}`;
const SECOND = `ssh-ed25519 ${'B'.repeat(68)}`;
const HOSTNAME = 'pbx.northwind.test';
const drawn: SshKey = {
  generation: 2,
  keyId: sshKeyId(SECOND),
  publicKey: SECOND,
  keyRef: { name: 'partners/northwind/ssh-key-2', version: 'version-7' },
  drawnAt: BEGIN.toISOString(),
};
const rotation = { generation: 2, run: 1, part: 1, round: 1, askedAt: BEGIN.toISOString() };

async function withKeys(keys: SshKeys): Promise<ApiWorld> {
  const world = new ApiWorld();
  await world.addServer();
  await world.inventory.add(sshKeysKey(NORTHWIND), keys);
  return world;
}

const rotate = (world: ApiWorld, body: unknown = {}) => world.ask('POST', '/v1/ssh-key/rotate', { body });
const names = (world: ApiWorld) => world.executions.started.map(({ name }) => name);

describe('the SSH key', () => {
  it('is the one of the settings until another is drawn', async () => {
    const world = new ApiWorld();
    await world.addServer();
    expect((await world.ask('GET', '/v1/ssh-key')).json).toEqual({
      keyId: sshKeyId(FIRST),
      publicKey: FIRST,
      generation: 1,
      servers: [{ hostname: HOSTNAME, keyId: sshKeyId(FIRST), state: 'moved' }],
    });
  });

  it('shows at each server which one it lets in, what stopped it and since when, and nothing of the vault', async () => {
    const world = await withKeys({ keys: [drawn], rotation });
    await world.inventory.add(serverKey(NORTHWIND, 'second.northwind.test'), {
      ...(await world.keptServer(HOSTNAME)),
      hostname: 'second.northwind.test',
      sshKeyId: drawn.keyId,
      standbyHostKey: `SHA256:${'C'.repeat(43)}`,
    });
    const { orderId, visit } = sshMove(NORTHWIND, 2, { hostname: HOSTNAME, node: 'main' });
    await world.inventory.add(timelineKey(NORTHWIND, orderId, 'prove-ssh-key', visit), {
      step: 'prove-ssh-key',
      visit,
      state: 'problem',
      startedAt: '2027-01-10T15:00:00.000Z',
      attempts: 1,
      problem: { code: 'new-key-refused', message: 'it refuses it' },
    });
    const { json, text } = await world.ask('GET', '/v1/ssh-key');
    expect(json).toMatchObject({ keyId: drawn.keyId, generation: 2, drawnAt: drawn.drawnAt });
    expect(json.servers).toEqual([
      {
        hostname: HOSTNAME,
        keyId: sshKeyId(FIRST),
        state: 'stopped',
        problem: { code: 'new-key-refused', message: 'it refuses it' },
        since: '2027-01-10T15:00:00.000Z',
      },
      { hostname: 'second.northwind.test', keyId: drawn.keyId, state: 'moved' },
      { hostname: 'second.northwind.test', node: 'standby', keyId: sshKeyId(FIRST), state: 'waiting' },
    ]);
    expect(text).not.toContain('version-7');
  });

  it('comes in pages, and shows no other partner’s servers', async () => {
    const world = await withKeys({ keys: [drawn] });
    await world.addServer({}, SOUTHWIND);
    await world.inventory.add(serverKey(NORTHWIND, 'second.northwind.test'), {
      ...(await world.keptServer(HOSTNAME)),
      hostname: 'second.northwind.test',
    });
    const { json: first } = await world.ask('GET', '/v1/ssh-key?limit=1');
    expect(first.servers).toHaveLength(1);
    const { json: second } = await world.ask('GET', `/v1/ssh-key?limit=1&from=${first.next}`);
    expect([second.servers[0].hostname, second.next]).toEqual(['second.northwind.test', undefined]);
    const { json: theirs } = await world.ask('GET', '/v1/ssh-key', { partner: SOUTHWIND });
    expect(theirs.servers.map(({ hostname }: { hostname: string }) => hostname)).toEqual(['pbx.southwind.test']);
    expect(theirs).not.toHaveProperty('keyId');
  });

  it.each([
    { what: 'is complete', keys: { ...rotation, endedAt: BEGIN.toISOString(), left: 0 }, state: 'done' },
    { what: 'left one behind', keys: { ...rotation, endedAt: BEGIN.toISOString(), left: 1 }, state: 'left-behind' },
    { what: 'goes on', keys: rotation, state: 'under-way' },
  ])('says how its rotation stands that $what', async ({ keys, state }) => {
    const world = await withKeys({ keys: [drawn], rotation: keys });
    expect((await world.ask('GET', '/v1/ssh-key')).json.rotation).toMatchObject({ state, generation: 2, round: 1 });
  });

  it('says that its rotation broke off, and is asked for again', async () => {
    const world = await withKeys({ keys: [], rotation });
    world.executions.state = async (_workflow, name) => (name.endsWith('-1-1') ? ('failed' as never) : 'absent');
    expect((await world.ask('GET', '/v1/ssh-key')).json.rotation.state).toBe('broken-off');
    expect((await rotate(world)).status).toBe(202);
    expect(names(world)).toEqual(['ssh-northwind-2-2-1']);
  });
});

describe('another SSH key', () => {
  it('is one rotation however often it is asked for, with or without saying which one goes', async () => {
    const world = new ApiWorld();
    for (const body of [{}, { replaces: 1 }, {}]) {
      const { status, json } = await rotate(world, body);
      expect([status, json.rotation]).toEqual([
        202,
        { generation: 2, state: 'under-way', askedAt: BEGIN.toISOString(), round: 1 },
      ]);
    }
    expect(names(world)).toEqual(['ssh-northwind-2-1-1']);
  });

  it('was asked for by somebody who died before it was begun: the next begins it', async () => {
    const world = new ApiWorld();
    world.executions.trouble = new Error('down');
    expect((await rotate(world)).status).toBe(500);
    world.executions.trouble = undefined;
    await rotate(world);
    expect(names(world)).toEqual(['ssh-northwind-2-1-1']);
  });

  it('is the next when the last is complete; a repeat that names what goes is not', async () => {
    const world = await withKeys({
      keys: [drawn],
      rotation: { ...rotation, endedAt: BEGIN.toISOString(), left: 0 },
    });
    expect((await rotate(world, { replaces: 1 })).json.rotation.generation).toBe(2);
    expect(names(world)).toEqual([]);
    for (let i = 0; i < 2; i += 1) expect((await rotate(world, { replaces: 2 })).json.rotation.generation).toBe(3);
    expect(names(world)).toEqual(['ssh-northwind-3-1-1']);
  });

  it.each([{ replaces: 0 }, { replaces: 2 }, { replaces: '1' }, { replace: 1 }, []])(
    'is refused for %j',
    async (body) => {
      const world = new ApiWorld();
      expect(await rotate(world, body)).toMatchObject({ status: 400, json: { code: 'bad-request' } });
      expect(world.inventory.writes).toEqual([]);
    },
  );

  it('is nothing to ask for where a partner has no key to begin with', async () => {
    const world = new ApiWorld();
    const answer = await world.ask('POST', '/v1/ssh-key/rotate', { partner: SOUTHWIND, body: {} });
    expect(answer).toMatchObject({ status: 422, json: { code: 'profile-unknown' } });
    expect(world.inventory.writes).toEqual([]);
  });
});

describe('the set-up script', () => {
  const script = async (world: ApiWorld, hostname: string) =>
    (await world.ask('GET', `/v1/servers/${hostname}/setup?profile=ucx-ssh`)).json.script;

  it('lets the newest key in, and beside it the one a known server still has', async () => {
    const world = await withKeys({ keys: [drawn] });
    const unknown = await script(world, 'new.northwind.test');
    expect([unknown.includes(FIRST), unknown.includes(SECOND)]).toEqual([false, true]);
    const known = await script(world, HOSTNAME);
    expect([known.includes(FIRST), known.includes(SECOND)]).toEqual([true, true]);
    const item = await world.inventory.find(serverKey(NORTHWIND, HOSTNAME));
    if (item === undefined) throw new Error('no server');
    await world.inventory.replace(item, { ...item.value, sshKeyId: drawn.keyId });
    const moved = await script(world, HOSTNAME);
    expect([moved.includes(FIRST), moved.includes(SECOND)]).toEqual([false, true]);
  });
});
