// Holds over the API: put on with a reason, seen, taken off; and whose each is.

import { describe, expect, it } from 'vitest';
import { holdKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN, NORTHWIND, SOUTHWIND } from '../support/api-world.ts';

describe('a hold', () => {
  it('is put on with a reason, changed, and taken off again; one’s own only', async () => {
    const world = new ApiWorld();
    const held = async (partner: string) => (await world.inventory.find(holdKey(partner)))?.value;
    const put = (reason: string) => world.ask('PUT', '/v1/hold', { body: { reason } });
    const first = await put(' trade fair ');
    expect([first.status, first.text]).toEqual([204, '']);
    expect(await held(NORTHWIND)).toEqual({ reason: 'trade fair', since: BEGIN.toISOString() });
    await put('audit');
    const seen = (await world.ask('GET', '/v1/hold')).json;
    expect(seen).toEqual({ held: true, reason: 'audit', since: BEGIN.toISOString() });
    expect((await world.ask('GET', '/v1/hold', { partner: SOUTHWIND })).json).toEqual({ held: false });
    expect((await held(NORTHWIND))?.reason).toBe('audit');
    expect(await held(SOUTHWIND)).toBeUndefined();

    expect((await world.ask('DELETE', '/v1/hold', { partner: SOUTHWIND })).status).toBe(204);
    expect(await held(NORTHWIND)).toBeDefined();
    expect((await world.ask('DELETE', '/v1/hold')).status).toBe(204);
    expect((await world.ask('DELETE', '/v1/hold')).status).toBe(204);
    expect(await held(NORTHWIND)).toBeUndefined();
  });

  it.each([
    {},
    { reason: '' },
    { reason: '  ' },
    { reason: 'x'.repeat(201) },
    { reason: 'fair\nNothing has to be done.' },
    { reason: 'x', until: 1 },
  ])('is not put on with %j', async (body) => {
    const world = new ApiWorld();
    const answer = await world.ask('PUT', '/v1/hold', { body });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request' } });
    expect(world.inventory.writes).toEqual([]);
  });

  it.each([{ scope: 'all' }, { scope: 'profile', profile: 'ucx-ssh' }])(
    'of $scope reaches every partner, and is the service’s to put on and take off',
    async (fields) => {
      const world = new ApiWorld();
      const query = `?${new URLSearchParams(fields)}`;
      const body = { reason: 'a bad release', ...fields };
      const partners = await world.ask('PUT', '/v1/hold', { body, scopes: ['servers:admin', 'orders:read'] });
      expect(partners).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      expect((await world.ask('PUT', '/v1/hold', { body })).status).toBe(204);
      const seen = await world.ask('GET', `/v1/hold${query}`, { partner: SOUTHWIND });
      expect(seen.json).toEqual({ held: true, reason: 'a bad release', since: BEGIN.toISOString() });
      expect((await world.ask('GET', '/v1/hold')).json).toEqual({ held: false });
      const taken = await world.ask('DELETE', `/v1/hold${query}`, { scopes: ['servers:admin'] });
      expect(taken).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      expect((await world.ask('DELETE', `/v1/hold${query}`)).status).toBe(204);
      expect((await world.ask('GET', `/v1/hold${query}`)).json).toEqual({ held: false });
    },
  );

  it.each([
    { fields: { scope: 'profile' }, status: 400, code: 'bad-request' },
    { fields: { scope: 'all', profile: 'ucx-ssh' }, status: 400, code: 'bad-request' },
    { fields: { profile: 'ucx-ssh' }, status: 400, code: 'bad-request' },
    { fields: { scope: 'world' }, status: 400, code: 'bad-request' },
    { fields: { scope: 'profile', profile: 'nobody-knows' }, status: 422, code: 'profile-unknown' },
    { fields: { scope: 'profile', profile: 'toString' }, status: 422, code: 'profile-unknown' },
  ])('is not put on of $fields', async ({ fields, status, code }) => {
    const world = new ApiWorld();
    const answer = await world.ask('PUT', '/v1/hold', { body: { reason: 'x', ...fields } });
    expect(answer).toMatchObject({ status, json: { code } });
    expect(world.inventory.writes).toEqual([]);
  });
});
