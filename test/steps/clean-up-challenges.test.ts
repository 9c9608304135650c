// What was put up is taken down where it was put up, and one name that cannot be reached leaves no other behind.

import { describe, expect, it } from 'vitest';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { MemoryZones } from '../../src/adapters/memory/memory-zones.ts';
import type { TxtRecord } from '../../src/ports/zones.ts';
import { cleanUpChallenges } from '../../src/steps/clean-up-challenges.ts';
import { acmeKey } from '../../src/steps/records.ts';
import { BEGIN, PARTNER } from '../support/order-world.ts';

const ID = 'a'.repeat(26);

async function open(txtRecords: readonly TxtRecord[]) {
  const inventory = new MemoryInventory();
  const zones = new MemoryZones(['northwind.test']);
  const keyRef = { name: 'k', version: '1' };
  await inventory.add(acmeKey(PARTNER, ID), {
    round: 1,
    authority: 'memory',
    names: ['pbx.northwind.test'],
    keyRef,
    publicKeyPem: '',
    csrPem: '',
    txtRecords,
  });
  for (const { name, value } of txtRecords.filter(({ name }) => name.endsWith('northwind.test'))) {
    zones.put(name, 'TXT', [...zones.valuesAt(name, 'TXT'), value]);
  }
  const clock = { now: () => BEGIN, sleep: async () => undefined };
  const services = { inventory, zones, clock, log: new MemoryLog() };
  return {
    zones,
    cleanUp: () => cleanUpChallenges({ partner: PARTNER, orderId: ID, visit: 1 }, services),
    left: async () => (await inventory.find(acmeKey(PARTNER, ID)))?.value.txtRecords,
  };
}

describe('clean-up-challenges', () => {
  it('takes down what was put up, though the name is delegated elsewhere by now', async () => {
    const { cleanUp, zones, left } = await open([{ name: 'hub.northwind.test', value: 'v' }]);
    zones.put('hub.northwind.test', 'TXT', ['theirs', 'v']);
    zones.put('_acme-challenge.pbx.northwind.test', 'CNAME', ['other.northwind.test']);
    expect(await cleanUp()).toMatchObject({ kind: 'done' });
    expect([zones.valuesAt('hub.northwind.test', 'TXT'), await left()]).toEqual([['theirs'], []]);
  });

  it('takes down all it can and keeps what it could not, for the next time', async () => {
    const gone = { name: 'hub.gone.test', value: 'v' };
    const { cleanUp, zones, left } = await open([
      gone,
      { name: 'a.northwind.test', value: 'a' },
      { name: 'b.northwind.test', value: 'b' },
    ]);
    expect(await cleanUp()).toMatchObject({ kind: 'problem', problem: { code: 'no-zone-for-name' } });
    expect(['a', 'b'].flatMap((label) => zones.valuesAt(`${label}.northwind.test`, 'TXT'))).toEqual([]);
    expect(await left()).toEqual([gone]);
    zones.addZone('gone.test');
    expect(await cleanUp()).toMatchObject({ kind: 'done' });
    expect(await left()).toEqual([]);
  });
});
