// A new account key, cut off at every call: in the end the account has one key, the one our record names.

import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CryptoKeyPairs } from '../../src/adapters/acme/crypto-key-pairs.ts';
import { MemoryAuthority } from '../../src/adapters/memory/memory-authority.ts';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryVault } from '../../src/adapters/memory/memory-vault.ts';
import { openAccount, openKnown } from '../../src/steps/open-authority.ts';
import { accountKey, getItem } from '../../src/steps/records.ts';
import { rollAccountKey } from '../../src/steps/roll-account-key.ts';
import { cutting } from '../support/cutting.ts';

const ports = { opens: ['authorities.open'] };

async function start() {
  const authority = await MemoryAuthority.make({ txtValues: () => [] });
  const services = {
    inventory: new MemoryInventory(),
    vault: new MemoryVault(),
    authorities: authority,
    keyPairs: new CryptoKeyPairs(),
  };
  await openAccount('memory', services);
  const account = async () => (await getItem(services.inventory, accountKey('memory'))).value;
  const keyOf = async ({ keyRef }: Awaited<ReturnType<typeof account>>) =>
    createPrivateKey(Buffer.from(await services.vault.get(keyRef)).toString());
  return { authority, services, account, keyOf };
}

/** The account as it was, with the key of the record and no other. */
async function expectWhole({ authority, services, account, keyOf }: Awaited<ReturnType<typeof start>>) {
  const { next, accountUrl } = await account();
  expect(next).toBeUndefined();
  expect(authority.count('newAccount')).toBe(1);
  const known = await openKnown('memory', services);
  await known.place({ names: ['pbx.northwind.test'] });
  const byKey = await authority.open('memory', { key: await keyOf(await account()), accountUrl: undefined });
  expect(await byKey.findAccount()).toEqual({ accountUrl });
}

describe('rollAccountKey', () => {
  it('gives the account a key of the next generation, each time', async () => {
    const world = await start();
    const before = await world.keyOf(await world.account());
    expect(await rollAccountKey('memory', world.services)).toBe(2);
    expect(await rollAccountKey('memory', world.services)).toBe(3);
    await expectWhole(world);
    const old = await world.authority.open('memory', { key: before, accountUrl: undefined });
    expect(await old.findAccount()).toBeUndefined();
  });

  it('finds nothing to do where there is no account', async () => {
    const { services } = await start();
    await expect(rollAccountKey('elsewhere', services)).rejects.toMatchObject({ name: 'not-found' });
  });

  it.each(['before', 'after'] as const)('is whole when it is repeated after a cut %s any call', async (where) => {
    const whole = await start();
    const counted = cutting(whole.services, { at: Number.POSITIVE_INFINITY, where, ...ports });
    await rollAccountKey('memory', counted.services);
    const calls = counted.calls();
    expect(calls).toContain('authorities.open.changeKey');
    for (const [i, call] of calls.entries()) {
      const world = await start();
      const run = cutting(world.services, { at: i + 1, where, ...ports });
      void rollAccountKey('memory', run.services);
      expect(await run.whenCut).toEqual({ call });
      const generation = await rollAccountKey('memory', world.services);
      const isOver = where === 'after' && i === calls.length - 1;
      expect({ call, generation }).toEqual({ call, generation: isOver ? 3 : 2 });
      await expectWhole(world);
    }
  });

  it('goes on with the same key when the authority did not answer', async () => {
    const world = await start();
    world.authority.turn({ unreachable: true });
    await expect(rollAccountKey('memory', world.services)).rejects.toMatchObject({ name: 'ca-unreachable' });
    const { next } = await world.account();
    world.authority.turn({ unreachable: false });
    expect(await rollAccountKey('memory', world.services)).toBe(2);
    expect((await world.account()).keyRef).toEqual(next?.keyRef);
    await expectWhole(world);
  });
});
