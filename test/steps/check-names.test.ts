// The pre-flight of the names: what stops an order, what is only said, and that nothing is asked of the authority that it counts.

import { describe, expect, it } from 'vitest';
import { MemoryAuthority } from '../../src/adapters/memory/memory-authority.ts';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { MemoryPublicDns } from '../../src/adapters/memory/memory-public-dns.ts';
import { MemoryZones } from '../../src/adapters/memory/memory-zones.ts';
import type { CaaRecord } from '../../src/domain/caa.ts';
import type { Order, OrderRequest } from '../../src/domain/order.ts';
import { Problem } from '../../src/domain/problem.ts';
import type { Authorities } from '../../src/ports/authority.ts';
import { checkNames } from '../../src/steps/check-names.ts';
import { accountKey, orderKey } from '../../src/steps/records.ts';
import { BEGIN, HOSTNAME, PARTNER, request } from '../support/order-world.ts';

const ID = 'a'.repeat(26);
const issue = (value: string): CaaRecord => ({ flags: 0, tag: 'issue', value });

async function open(change: Partial<OrderRequest> = {}, describe?: Authorities['describe']) {
  const inventory = new MemoryInventory();
  const publicDns = new MemoryPublicDns();
  const outside = new Map<string, string>();
  const zones = new MemoryZones(['northwind.test'], {
    delegationZone: 'challenges.northwind.test',
    findAlias: async (name) => {
      if (outside.get(name) === 'nobody answers') throw new Problem('dns-unreachable', `nobody answers for "${name}"`);
      return outside.get(name);
    },
  });
  const memory = await MemoryAuthority.make({ txtValues: () => [], now: () => BEGIN });
  const authorities: Authorities = {
    open: () => Promise.reject(new Error('the pre-flight opens no account')),
    describe: describe ?? ((id) => memory.describe(id)),
    ids: () => memory.ids(),
  };
  const order: Order = {
    id: ID,
    partner: PARTNER,
    idempotencyKey: 'k',
    requestHash: '',
    request: { ...request, ...change },
    reason: 'provision',
    state: 'working',
    createdAt: BEGIN.toISOString(),
    warnings: ['found before'],
  };
  await inventory.add(orderKey(PARTNER, ID), order);
  const clock = { now: () => BEGIN, sleep: async () => undefined };
  const services = { inventory, zones, publicDns, authorities, clock, log: new MemoryLog() };
  return {
    publicDns,
    zones,
    inventory,
    outside,
    check: () => checkNames({ partner: PARTNER, orderId: ID, visit: 1 }, services),
    warnings: async () => (await inventory.find(orderKey(PARTNER, ID)))?.value.warnings,
  };
}

const blocked = (code: string, ...parts: readonly string[]) => ({
  kind: 'problem',
  problem: { code, retry: 'never', message: expect.stringMatching(parts.map(escaped).join('.*')) },
});
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('names', () => {
  it('that can be proven, and that CAA and DNSSEC allow, pass without a word', async () => {
    const { check, publicDns, warnings } = await open();
    publicDns.putCaa('northwind.test', [issue('memory.test')]);
    expect(await check()).toEqual({ kind: 'done', value: { warnings: [] } });
    expect(await warnings()).toEqual(['found before']);
  });

  it('pass where they are delegated to us', async () => {
    const { check, outside } = await open({ alternativeNames: ['pbx.customer.example'] });
    outside.set('_acme-challenge.pbx.customer.example', 'pbx.customer.example.challenges.northwind.test');
    expect(await check()).toMatchObject({ kind: 'done' });
  });
});

describe('an order stops, before anything is ordered, for', () => {
  it('a name that is not delegated to us, with the record to set', async () => {
    const { check } = await open({ alternativeNames: ['pbx.customer.example'] });
    const record = '_acme-challenge.pbx.customer.example CNAME pbx.customer.example.challenges.northwind.test';
    expect(await check()).toMatchObject(blocked('no-zone-for-name', record));
  });

  it('a delegation that goes in circles', async () => {
    const { check, zones } = await open();
    zones.put(`_acme-challenge.${HOSTNAME}`, 'CNAME', [`_acme-challenge.${HOSTNAME}`]);
    expect(await check()).toMatchObject(blocked('delegation-broken', 'in circles'));
  });

  it('CAA that names another authority, with the record to add', async () => {
    const { check, publicDns } = await open();
    publicDns.putCaa('northwind.test', [issue('other.test')]);
    const add = 'add: northwind.test. CAA 0 issue "memory.test" (nothing was ordered yet)';
    expect(await check()).toMatchObject(blocked('ca-caa-forbids', 'only other.test', add));
  });

  it('CAA for another account than ours', async () => {
    const { check, publicDns, inventory } = await open();
    await inventory.add(accountKey('memory'), { keyRef: { name: 'k', version: '1' }, accountUrl: 'https://us' });
    publicDns.putCaa(HOSTNAME, [issue('memory.test; accounturi=https://us')]);
    expect(await check()).toMatchObject({ kind: 'done' });
    publicDns.putCaa(HOSTNAME, [issue('memory.test; accounturi=https://them')]);
    expect(await check()).toMatchObject(blocked('ca-caa-forbids', 'https://them', 'https://us'));
  });

  it.each([
    { what: 'the name', at: 'northwind.test' },
    { what: 'the challenge alone', at: `_acme-challenge.${HOSTNAME}` },
    { what: 'where the challenge is delegated to', at: 'hub.northwind.test' },
  ])('signatures of $what that do not hold', async ({ at }) => {
    const { check, publicDns, zones } = await open();
    zones.put(`_acme-challenge.${HOSTNAME}`, 'CNAME', ['hub.northwind.test']);
    publicDns.turn(at, 'all fail');
    expect(await check()).toMatchObject(blocked('dnssec-bogus', 'signatures'));
  });

  it('all that is wrong with all its names, said at once', async () => {
    const { check, publicDns } = await open({ alternativeNames: ['sip.northwind.test', 'pbx.customer.example'] });
    publicDns.putCaa('sip.northwind.test', [issue(';')]);
    publicDns.turn(HOSTNAME, 'all fail');
    const result = await check();
    expect(result).toMatchObject(
      blocked('dnssec-bogus', `"${HOSTNAME}"`, 'sip.northwind.test', 'pbx.customer.example'),
    );
  });
});

describe('what could not be found out', () => {
  it.each(['one fails', 'nobody answers'] as const)('is said and stops nothing: %s', async (dnssec) => {
    const { check, publicDns, warnings } = await open();
    publicDns.turn('northwind.test', dnssec);
    expect(await check()).toMatchObject({ kind: 'done' });
    expect(await warnings()).toEqual(expect.arrayContaining(['found before', expect.stringContaining(dnssec)]));
  });

  it('is said when the authority does not answer, or not who it is in CAA', async () => {
    const away = () => Promise.reject(new Problem('ca-unreachable', 'no connection'));
    for (const describe of [away, async () => ({ caaIdentities: [] })]) {
      const { check, publicDns, warnings } = await open({}, describe);
      publicDns.putCaa('northwind.test', [issue('memory.test')]);
      expect(await check()).toMatchObject({ kind: 'done' });
      expect(await warnings()).toEqual(['found before', expect.stringContaining('authority')]);
    }
  });

  it('is waited for where no proof can be put up without it', async () => {
    const { check, outside } = await open({ alternativeNames: ['pbx.customer.example'] });
    outside.set('_acme-challenge.pbx.customer.example', 'nobody answers');
    expect(await check()).toMatchObject({ kind: 'problem', problem: { code: 'dns-unreachable', retry: 'later' } });
  });

  it('is said once, however often it is met', async () => {
    const { check, publicDns, warnings } = await open();
    publicDns.turn('northwind.test', 'one fails');
    await check();
    const before = await warnings();
    await check();
    expect([await warnings(), before?.length]).toEqual([before, 3]);
  });
});
