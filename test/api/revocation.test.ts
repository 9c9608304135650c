// Asking for a certificate to be revoked: kept and begun once, for orders that are over and have one, by those who may.

import { describe, expect, it } from 'vitest';
import { ApiWorld, BEGIN, SOUTHWIND } from '../support/api-world.ts';

const reason = { body: { reason: 'superseded' } };

describe('revoke', () => {
  it('keeps the wish and begins to carry it out, once however often it is asked for', async () => {
    const world = new ApiWorld();
    const id = await world.done();
    const revocation = { reason: 'superseded', askedAt: BEGIN.toISOString() };
    for (let i = 0; i < 3; i += 1) {
      expect(await world.ask('POST', `/v1/orders/${id}/revoke`, reason)).toMatchObject({
        status: 202,
        json: { revocation },
      });
    }
    expect((await world.ask('GET', `/v1/orders/${id}`)).json).toMatchObject({ state: 'done', revocation });
    expect(world.executions.started.map(({ workflow }) => workflow)).toEqual(['revoke-certificate']);
  });

  it.each([
    { of: 'an order at work', change: { state: 'working' as const }, code: 'order-open' },
    { of: 'an order without a certificate', change: { fingerprint: undefined }, code: 'nothing-to-revoke' },
    {
      of: 'one that is revoked for another reason',
      change: { revocation: { reason: 'keyCompromise' as const, askedAt: BEGIN.toISOString() } },
      code: 'revocation-asked',
    },
  ])('is refused for $of, and nothing is written', async ({ change, code }) => {
    const world = new ApiWorld();
    const id = await world.done(change);
    expect(await world.ask('POST', `/v1/orders/${id}/revoke`, reason)).toMatchObject({ status: 409, json: { code } });
    expect(world.inventory.writes).toEqual([]);
    expect(world.executions.started).toEqual([]);
  });

  it('does nothing more for a certificate that is revoked already', async () => {
    const world = new ApiWorld();
    const at = BEGIN.toISOString();
    const id = await world.done({ revocation: { reason: 'superseded', askedAt: at, revokedAt: at } });
    expect((await world.ask('POST', `/v1/orders/${id}/revoke`, reason)).status).toBe(202);
    expect(world.executions.started).toEqual([]);
  });

  it.each([
    { body: {}, field: 'reason' },
    { body: { reason: 'cACompromise' }, field: 'reason' },
    { body: { reason: 'superseded', serial: '01' }, field: 'serial' },
  ])('is refused as $body', async ({ body, field }) => {
    const world = new ApiWorld();
    const id = await world.done();
    const answer = await world.ask('POST', `/v1/orders/${id}/revoke`, { body });
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad-request', field } });
    expect(world.inventory.writes).toEqual([]);
  });

  it('of another partner’s order is not found', async () => {
    const world = new ApiWorld();
    const id = await world.done();
    const answer = await world.ask('POST', `/v1/orders/${id}/revoke`, { ...reason, partner: SOUTHWIND });
    expect(answer.status).toBe(404);
    expect(world.inventory.writes).toEqual([]);
  });
});
