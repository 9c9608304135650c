// Authorities as our people see them, and asking for another account key.

import { describe, expect, it } from 'vitest';
import { keyChangeRun } from '../../src/steps/change-account-key.ts';
import { accountKey, timelineKey } from '../../src/steps/records.ts';
import { ApiWorld, BEGIN } from '../support/api-world.ts';

const accountUrl = 'https://ca.test/account/1';
const keyRef = { name: 'authorities/letsencrypt/account-key.pem', version: '1' };

async function withAccount(): Promise<ApiWorld> {
  const world = new ApiWorld();
  await world.inventory.add(accountKey('letsencrypt'), { keyRef, accountUrl });
  return world;
}

describe('authorities', () => {
  it('are listed with the account at each, and without its key', async () => {
    const world = await withAccount();
    const { json, text } = await world.ask('GET', '/v1/authorities');
    expect(json.authorities).toEqual([
      { id: 'letsencrypt', accountUrl, keyGeneration: 1 },
      { id: 'letsencrypt-staging' },
    ]);
    expect(text).not.toContain('account-key');
  });

  it('show how the change to the next key goes', async () => {
    const world = await withAccount();
    const { partner, orderId, visit } = keyChangeRun('letsencrypt', 2);
    const entry = {
      step: 'change-account-key',
      visit,
      state: 'problem' as const,
      startedAt: BEGIN.toISOString(),
      attempts: 3,
      problem: { code: 'ca-unreachable', message: 'away' },
    };
    await world.inventory.add(timelineKey(partner, orderId, entry.step, visit), entry);
    expect((await world.ask('GET', '/v1/authorities')).json.authorities[0].keyChange).toEqual(entry);
  });

  it('are asked for another account key once, however often it is asked', async () => {
    const world = await withAccount();
    for (let i = 0; i < 2; i += 1) {
      expect((await world.ask('POST', '/v1/authorities/letsencrypt/roll-key')).status).toBe(202);
    }
    expect(world.executions.started).toEqual([
      { workflow: 'roll-key', name: 'key-letsencrypt-2-1', input: keyChangeRun('letsencrypt', 2) },
    ]);
  });

  it.each(['letsencrypt-staging', 'nowhere', 'constructor'])(
    'are asked nothing where there is no account (%s)',
    async (id) => {
      const world = await withAccount();
      expect(await world.ask('POST', `/v1/authorities/${id}/roll-key`)).toMatchObject({
        status: 404,
        json: { code: 'not-found' },
      });
      expect(world.executions.started).toEqual([]);
    },
  );
});
