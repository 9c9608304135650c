// MemoryZones keeps the contract of the port.

import { describe, expect, it } from 'vitest';
import { MemoryZones } from '../../../src/adapters/memory/memory-zones.ts';
import { zonesContract } from '../../contracts/zones.ts';
import { followContract, OutsideDns } from '../../contracts/zones-follow.ts';

describe('MemoryZones', () => {
  zonesContract(async () => {
    let published = true;
    const zones = new MemoryZones(['northwind.test', 'lab.northwind.test'], { published: () => published });
    return {
      zones,
      another: zones,
      valuesAt: async (name, type) => zones.valuesAt(name, type),
      put: (name, type, values) => zones.put(name, type, values),
      holdBack: () => {
        published = false;
      },
    };
  });

  followContract(async () => {
    const outside = new OutsideDns();
    const zones = new MemoryZones(['northwind.test', 'lab.northwind.test'], {
      findAlias: outside.findAlias,
      delegationZone: 'challenges.northwind.test',
    });
    return { zones, put: (name, type, values) => zones.put(name, type, values), outside: outside.say };
  });

  it('lists the zones it knows in its refusal and takes a zone that comes later', async () => {
    const zones = new MemoryZones(['b.test', 'a.test']);
    await expect(zones.add({ name: 'x.c.test', value: 'x' })).rejects.toThrow('known zones: a.test, b.test');
    zones.addZone('c.test');
    await zones.add({ name: 'x.c.test', value: 'x' });
    expect(zones.valuesAt('x.c.test', 'TXT')).toEqual(['x']);
  });
});
