// The switches only a person may turn: another host key, SSH again.

import { describe, expect, it } from 'vitest';
import { guardKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';

const OTHER_KEY = `SHA256:${'B'.repeat(43)}`;

describe('another host key', () => {
  it('is accepted by name, however the name is written', async () => {
    const world = new ApiWorld();
    await world.addServer();
    const path = '/v1/servers/PBX.Northwind.test./host-key';
    const answer = await world.ask('POST', path, { body: { hostKey: OTHER_KEY } });
    expect(answer).toMatchObject({ status: 200, json: { hostname: 'pbx.northwind.test', hostKey: OTHER_KEY } });
    expect((await world.keptServer('pbx.northwind.test')).hostKey).toBe(OTHER_KEY);
  });

  it.each([
    { body: {}, field: 'hostKey' },
    { body: { hostKey: 'MD5:00' }, field: 'hostKey' },
    { body: { hostKey: `${OTHER_KEY}=` }, field: 'hostKey' },
    { body: { hostKey: `${OTHER_KEY}\n` }, field: 'hostKey' },
    { body: { hostKey: OTHER_KEY, trust: true }, field: 'trust' },
  ])('is refused as $body', async ({ body, field }) => {
    const world = new ApiWorld();
    await world.addServer();
    const answer = await world.ask('POST', '/v1/servers/pbx.northwind.test/host-key', { body });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request', field } });
    expect(world.inventory.writes).toEqual([]);
  });

  it('of another partner’s server, or of none, cannot be accepted', async () => {
    const world = new ApiWorld();
    await world.addServer();
    const ask = { body: { hostKey: OTHER_KEY } };
    const other = await world.ask('POST', '/v1/servers/pbx.northwind.test/host-key', { ...ask, partner: SOUTHWIND });
    const none = await world.ask('POST', '/v1/servers/none.northwind.test/host-key', ask);
    expect([other.status, none.status]).toEqual([404, 404]);
    expect(world.inventory.writes).toEqual([]);
  });
});

describe('SSH that was stopped', () => {
  async function stopped(): Promise<ApiWorld> {
    const world = new ApiWorld();
    await world.addServer();
    const failedAt = [BEGIN.toISOString(), BEGIN.toISOString()];
    await world.inventory.add(guardKey(NORTHWIND, 'pbx.northwind.test'), { failedAt });
    world.inventory.writes.length = 0;
    return world;
  }

  it.each(['pbx.northwind.test', 'PBX.northwind.test.'])('is allowed again by a person (%s)', async (hostname) => {
    const world = await stopped();
    expect((await world.ask('GET', `/v1/servers/${hostname}`)).json.sshStopped).toBe(true);
    const answer = await world.ask('POST', `/v1/servers/${hostname}/clear-ssh-stop`);
    expect(answer).toMatchObject({ status: 200, json: { sshStopped: false } });
    expect((await world.ask('POST', `/v1/servers/${hostname}/clear-ssh-stop`)).status).toBe(200);
  });

  it('stays stopped for another partner', async () => {
    const world = await stopped();
    const answer = await world.ask('POST', '/v1/servers/pbx.northwind.test/clear-ssh-stop', { partner: SOUTHWIND });
    expect([answer.status, world.inventory.writes]).toEqual([404, []]);
    expect((await world.ask('GET', '/v1/servers/pbx.northwind.test')).json.sshStopped).toBe(true);
  });
});
