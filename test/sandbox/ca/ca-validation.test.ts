// dns-01 over the network: what name servers say decides, all of them, and nothing is remembered.

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CaUnderTest, type CaUnderTestOptions, openCa, openCaForAll } from './ca-under-test.ts';
import { authorizationOf, presentedOrder, type ShownChallenge, settled } from './proven-order.ts';
import { TinyDns } from './tiny-dns.ts';

const NAME = 'pbx.northwind.test';
const AT = `_acme-challenge.${NAME}`;

describe('validation', () => {
  let shared: CaUnderTest;
  beforeAll(async () => {
    shared = await openCaForAll();
    return () => shared.close();
  });

  it('finds the value among others, also in a record of several pieces', async () => {
    const world = await openCa();
    world.dns.addTxt(AT, 'x'.repeat(300));
    const { challenge } = await presentedOrder(world, NAME);
    const told = await world.client.post(challenge.url, {});
    expect([told.json.status, world.dns.asked]).toEqual(['valid', [AT]]);
    expect(told.json.validated).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it.each<{ when: string; prepare: (dns: TinyDns) => void; type: string; detail: string }>([
    { when: 'the name is not there', prepare: () => undefined, type: 'dns', detail: 'NXDOMAIN' },
    { when: 'the name has no TXT', prepare: (dns) => dns.addEmpty(AT), type: 'unauthorized', detail: 'no TXT record' },
    {
      when: 'the value is wrong',
      prepare: (dns) => dns.addTxt(AT, 'old'),
      type: 'unauthorized',
      detail: 'wrong TXT record "old"',
    },
    {
      when: 'two values are wrong',
      prepare: (dns) => ['a', 'b'].map((value) => dns.addTxt(AT, value)),
      type: 'unauthorized',
      detail: '(and 1 more)',
    },
    {
      when: 'the server fails',
      prepare: (dns) => {
        dns.mood = 'fails';
      },
      type: 'dns',
      detail: 'ESERVFAIL',
    },
  ])('fails when $when', async ({ prepare, type, detail }) => {
    const world = shared;
    const { order, challenge } = await presentedOrder(world, NAME);
    world.dns.clear();
    world.dns.mood = 'answers';
    prepare(world.dns);

    await world.client.post(challenge.url, {});
    await settled(() => world.client.read(challenge.url), 'processing');

    const { status, challenges } = await authorizationOf(world.client, order);
    expect([status, challenges.length]).toEqual(['invalid', 1]);
    expect(challenges[0]?.error).toMatchObject({
      type: `urn:ietf:params:acme:error:${type}`,
      detail: expect.stringContaining(detail),
    });
    expect((await world.client.read(order.headers.location)).json.status).toBe('invalid');
  });

  it('fails when one of the name servers is late', async () => {
    const late = await moreDns();
    const world = await openCa(late.options);
    late.dns.addTxt(AT, 'of yesterday');
    const { challenge } = await presentedOrder(world, NAME);
    const told = await world.client.post(challenge.url, {});
    expect((told.json as unknown as ShownChallenge).error?.detail).toContain('of yesterday');
  });

  it('succeeds when one of the name servers is silent', async () => {
    const silent = await moreDns();
    silent.dns.mood = 'silent';
    const world = await openCa(silent.options);
    const { challenge } = await presentedOrder(world, NAME);

    const told = await world.client.post(challenge.url, {});
    const after = await settled(() => world.client.read(challenge.url), 'processing');

    expect([told.json.status, after.json.status]).toEqual(['processing', 'valid']);
  });

  it('asks once for an authorization, and tells what came of it when it is told again', async () => {
    const world = await openCa();
    const { challenge } = await presentedOrder(world, NAME);
    await world.client.post(challenge.url, {});
    world.dns.clear();
    const again = await world.client.post(challenge.url, {});
    expect([again.json.status, world.ca.count('validations')]).toEqual(['valid', 1]);
  });

  it('does not begin by looking, only by an object', async () => {
    const world = await openCa();
    const { order, challenge } = await presentedOrder(world, NAME);
    const looked = await world.client.read(challenge.url);
    const nonsense = await world.client.post(challenge.url, ['go']);
    expect([looked.json.status, nonsense.errorType, world.ca.count('validations')]).toEqual([
      'pending',
      'malformed',
      0,
    ]);
    expect((await authorizationOf(world.client, order)).status).toBe('pending');
  });

  it('takes no second challenge of an authorization that failed or was given up', async () => {
    const world = await openCa();
    const { order, challenge } = await presentedOrder(world, NAME);
    const { url, challenges } = await authorizationOf(world.client, order);
    const other = challenges.find(({ type }) => type !== 'dns-01');

    await world.client.post(url, { status: 'deactivated' });
    const afterwards = [await world.client.post(challenge.url, {}), await world.client.post(String(other?.url), {})];
    const twice = await world.client.post(url, { status: 'deactivated' });

    expect([...afterwards, twice].map(({ errorType }) => errorType)).toEqual(['malformed', 'malformed', 'malformed']);
    expect((await world.client.read(order.headers.location)).json.status).toBe('invalid');
  });
});

async function moreDns(): Promise<{ dns: TinyDns; options: CaUnderTestOptions }> {
  const dns = await TinyDns.start();
  onTestFinished(() => dns.close());
  return { dns, options: { moreServers: [dns.server] } };
}
