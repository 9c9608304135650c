// One look at a customer's records: whose trouble it is that a name cannot be proven, and what the order remembers of it.

import { describe, expect, it } from 'vitest';
import { MemoryAuthority } from '../../src/adapters/memory/memory-authority.ts';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { MemoryPublicDns } from '../../src/adapters/memory/memory-public-dns.ts';
import { MemoryZones } from '../../src/adapters/memory/memory-zones.ts';
import type { Order } from '../../src/domain/order.ts';
import { Problem, type ProblemCode } from '../../src/domain/problem.ts';
import { awaitDns } from '../../src/steps/await-dns.ts';
import { orderKey } from '../../src/steps/records.ts';
import { BEGIN, DELEGATION_ZONE, PARTNER, request } from '../support/order-world.ts';

const ID = 'a'.repeat(26);
const NAME = 'pbx.customer.test';
const CHALLENGE = `_acme-challenge.${NAME}`;
const TARGET = `${NAME}.${DELEGATION_ZONE}`;

interface Given extends Partial<Pick<Order, 'reason' | 'state' | 'awaitingDnsSince'>> {
  /** How often the look-up of the challenge fails, and with what; after that it is as DNS says. */
  readonly follow?: { readonly times: number; readonly code: ProblemCode };
}

async function open({ follow, ...change }: Given = {}) {
  const inventory = new MemoryInventory();
  const publicDns = new MemoryPublicDns();
  let failures = 0;
  const zones = new MemoryZones(['northwind.test'], {
    delegationZone: DELEGATION_ZONE,
    findAlias: async (name) => {
      failures += 1;
      if (failures <= (follow?.times ?? 0)) throw new Problem(follow?.code ?? 'dns-unreachable', 'trouble');
      return publicDns.recordsAt(name, 'CNAME')[0];
    },
  });
  const authorities = await MemoryAuthority.make({ txtValues: () => [], now: () => BEGIN });
  const order: Order = {
    ...{ id: ID, partner: PARTNER, idempotencyKey: 'k', requestHash: '', request: { ...request, hostname: NAME } },
    ...{ reason: 'provision', state: 'working', createdAt: BEGIN.toISOString(), warnings: [] },
    ...change,
  };
  await inventory.add(orderKey(PARTNER, ID), order);
  const settings = {
    ...{
      profiles: {},
      roots: [],
      opsAddresses: [],
      grants: {},
      mailDomain: 'x.test',
      mailAddress: 'a@x.test',
      linkBase: 'https://certificates.emetrotel.test',
    },
    delegationZone: DELEGATION_ZONE,
  };
  const clock = { now: () => BEGIN, sleep: async () => undefined };
  const services = { inventory, zones, publicDns, authorities, clock, settings, log: new MemoryLog() };
  return {
    publicDns,
    look: (told = 1) => awaitDns({ partner: PARTNER, orderId: ID, visit: 1, told }, services),
    order: async () => (await inventory.find(orderKey(PARTNER, ID)))?.value,
    version: async () => (await inventory.find(orderKey(PARTNER, ID)))?.version,
  };
}

const ADDRESS = ['203.0.113.10'];

describe('a look at the records of a customer', () => {
  it.each([
    { code: 'dns-throttled', times: 1 },
    { code: 'dns-unreachable', times: 2 },
    { code: 'no-zone-for-name', times: 2 },
  ] as const)('asks nobody to set what is there when the trouble ($code) is ours', async ({ code, times }) => {
    const { look, publicDns, order } = await open({ follow: { times, code } });
    publicDns.putRecords(NAME, 'A', ADDRESS);
    publicDns.putRecords(CHALLENGE, 'CNAME', [TARGET]);
    expect(await look()).toMatchObject({ kind: 'problem', problem: { code } });
    expect(await order()).toMatchObject({ state: 'working' });
    expect(await order()).not.toHaveProperty('wantedRecords');
    expect(await look()).toEqual({ kind: 'done', value: { next: 'go-on' } });
  });

  it('finds right what was set between two glances', async () => {
    const { look, publicDns } = await open({ follow: { times: 1, code: 'no-zone-for-name' } });
    publicDns.putRecords(NAME, 'A', ADDRESS);
    publicDns.putRecords(CHALLENGE, 'CNAME', [TARGET]);
    expect(await look()).toEqual({ kind: 'done', value: { next: 'go-on' } });
  });

  it('asks for the record where aliases go in circles', async () => {
    const { look, publicDns, order } = await open();
    publicDns.putRecords(NAME, 'A', ADDRESS);
    publicDns.putRecords(CHALLENGE, 'CNAME', [CHALLENGE]);
    expect(await look(0)).toEqual({ kind: 'done', value: { next: 'tell', number: 1 } });
    expect((await order())?.wantedRecords?.[0]).toMatchObject({ name: CHALLENGE, value: TARGET, seen: [CHALLENGE] });
  });

  it('of a renewal does not wait for the address, but says so', async () => {
    const { look, publicDns, order } = await open({ reason: 'renew' });
    publicDns.putRecords(CHALLENGE, 'CNAME', [TARGET]);
    publicDns.putRecords(NAME, 'A', ['198.51.100.9']);
    expect(await look()).toMatchObject({ kind: 'done', value: { next: 'go-on' } });
    expect(await order()).toMatchObject({
      state: 'working',
      warnings: [`in public DNS there should be ${NAME}. A 203.0.113.10 (now there: 198.51.100.9)`],
    });
  });

  it('writes nothing when it sees what it saw before', async () => {
    const { look, version } = await open();
    expect(await look()).toMatchObject({ kind: 'waiting', retryAfterMs: 5_000 });
    const before = await version();
    await look();
    expect(await version()).toBe(before);
  });

  it('leaves an order alone that was closed meanwhile', async () => {
    const { look, order } = await open({ state: 'needs-attention' });
    await look();
    expect(await order()).toMatchObject({ state: 'needs-attention' });
    expect(await order()).not.toHaveProperty('wantedRecords');
  });
});
