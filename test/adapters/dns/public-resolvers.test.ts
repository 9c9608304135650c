// PublicResolvers keeps the contract of the port over resolvers that answer as a test wants, and asks them as it should.

import { describe, expect, it, onTestFinished } from 'vitest';
import { publicEndpoint } from '../../../src/adapters/dns/origin-servers.ts';
import { PublicResolvers } from '../../../src/adapters/dns/public-resolvers.ts';
import { publicDnsContract } from '../../contracts/public-dns.ts';
import { FakeResolvers, type ResolverMood } from '../../support/fake-resolvers.ts';

const name = 'pbx.northwind.test';
const moods: Readonly<Record<string, readonly ResolverMood[]>> = {
  'all fail': ['bogus', 'answers', 'bogus'],
  'one fails': ['answers', 'bogus', 'answers'],
  'nobody answers': ['refuses', 'fails', 'refuses'],
};

async function open() {
  const resolvers = await FakeResolvers.start();
  onTestFinished(() => resolvers.close());
  const addressOf = async (server: string) => resolvers.endpointOf(server);
  const dns = new PublicResolvers({ resolvers: resolvers.endpoints, timeoutMs: 1_000, attempts: 1, addressOf });
  return { resolvers, dns };
}

describe('PublicResolvers', () => {
  publicDnsContract(async () => {
    const { resolvers, dns } = await open();
    for (const zone of ['northwind.test', 'southwind.test']) resolvers.hostZone(zone);
    return {
      dns,
      putRecords: (at, type, values) => resolvers.putRecords(at, type, values),
      putCaa: (at, records) => resolvers.putCaa(at, records),
      turn: (at, dnssec) => resolvers.turn(at, moods[dnssec] ?? []),
    };
  });

  it.each<{ moods: readonly ResolverMood[]; kind: string }>([
    { moods: ['bogus', 'bogus', 'bogus'], kind: 'bogus' },
    { moods: ['bogus', 'bogus', 'silent'], kind: 'bogus' },
    { moods: ['bogus', 'fails', 'fails'], kind: 'unknown' },
    { moods: ['fails', 'fails', 'fails'], kind: 'unknown' },
    { moods: ['answers', 'answers', 'fails'], kind: 'unknown' },
    { moods: ['answers', 'answers', 'silent'], kind: 'sound' },
    { moods: ['answers', 'answers', 'refuses'], kind: 'sound' },
    { moods: ['answers', 'refuses', 'refuses'], kind: 'unknown' },
    { moods: ['answers', 'silent', 'nonsense'], kind: 'unknown' },
  ])('calls a name $kind that $moods', async ({ moods: each, kind }) => {
    const { resolvers, dns } = await open();
    resolvers.turn('northwind.test', each);
    expect(await dns.judgeDnssec(name)).toMatchObject({ kind });
  });

  it('asks for recursion and signatures, and disables checking only where checking failed', async () => {
    const { resolvers, dns } = await open();
    resolvers.turn(name, ['bogus', 'answers', 'answers']);
    await dns.judgeDnssec(name);
    expect(resolvers.seen.every(({ recursionDesired, dnssecOk }) => recursionDesired && dnssecOk)).toBe(true);
    expect(resolvers.seen.map(({ resolver, checkingDisabled }) => `${resolver} ${checkingDisabled}`).sort()).toEqual([
      '0 false',
      '0 true',
      '1 false',
      '2 false',
    ]);
  });

  it('asks for CAA at the name below a wildcard, never at the wildcard', async () => {
    const { resolvers, dns } = await open();
    await dns.findCaa('*.northwind.test');
    expect([...new Set(resolvers.seen.map((seen) => seen.name))]).toEqual(['northwind.test', 'test']);
  });

  it('takes the CAA records an alias leads to', async () => {
    const { resolvers, dns } = await open();
    resolvers.putAlias(name, 'hub.southwind.test');
    resolvers.putCaa('hub.southwind.test', [{ flags: 0, tag: 'issue', value: 'ca.test' }]);
    expect(await dns.findCaa(name)).toMatchObject({ kind: 'found', at: name });
  });

  it('finds CAA as long as one resolver answers', async () => {
    const { resolvers, dns } = await open();
    resolvers.putCaa(name, [{ flags: 0, tag: 'issue', value: 'ca.test' }]);
    resolvers.turn(name, ['silent', 'fails', 'answers']);
    expect(await dns.findCaa(name)).toMatchObject({ kind: 'found', at: name });
  });

  it('finds the alias at a name, one hop, and none where there is none', async () => {
    const { resolvers, dns } = await open();
    resolvers.putAlias('_acme-challenge.pbx.customer.example', 'Hub.Customer.Example');
    resolvers.putAlias('hub.customer.example', 'further.example');
    expect(await dns.findAlias('_acme-challenge.pbx.customer.example')).toBe('hub.customer.example');
    expect(await dns.findAlias(name)).toBeUndefined();
  });

  it('does not say there is no alias when nobody says so', async () => {
    const { resolvers, dns } = await open();
    resolvers.turn(name, ['refuses', 'refuses', 'fails']);
    await expect(dns.findAlias(name)).rejects.toMatchObject({
      name: 'dns-unreachable',
      message: expect.stringContaining(`"${name}"`),
    });
  });

  describe('of the name servers of a domain', () => {
    const values = ['203.0.113.10'];

    it('takes what they have now, whatever resolvers remember', async () => {
      const { resolvers, dns } = await open();
      resolvers.hostZone('northwind.test');
      resolvers.putRecords(name, 'A', values);
      resolvers.remember(name, 'A', ['198.51.100.9']);
      expect(await dns.findRecords(name, 'A')).toEqual({ kind: 'found', values });
      resolvers.putAlias('_acme-challenge.pbx.northwind.test', 'old.southwind.test');
      resolvers.putRecords('_acme-challenge.pbx.northwind.test', 'CNAME', ['New.Southwind.Test']);
      expect(await dns.findAlias('_acme-challenge.pbx.northwind.test')).toBe('new.southwind.test');
    });

    it('calls nothing there that one of them lacks', async () => {
      const { resolvers, dns } = await open();
      resolvers.hostZone('northwind.test');
      resolvers.putRecords(name, 'A', values, [0, 2]);
      expect(await dns.findRecords(name, 'A')).toEqual({ kind: 'found', values: [] });
    });

    it('is not held up by one that is silent', async () => {
      const { resolvers, dns } = await open();
      resolvers.hostZone('northwind.test');
      resolvers.putRecords(name, 'A', values);
      resolvers.turn(name, ['answers', 'refuses', 'silent']);
      expect(await dns.findRecords(name, 'A')).toEqual({ kind: 'found', values });
    });

    it('sees them also where signatures do not hold, which is judged by itself', async () => {
      const { resolvers, dns } = await open();
      resolvers.hostZone('northwind.test');
      resolvers.putRecords(name, 'A', values);
      resolvers.turn('northwind.test', ['bogus', 'bogus', 'bogus']);
      expect(await dns.findRecords(name, 'A')).toEqual({ kind: 'found', values });
      expect(await dns.judgeDnssec(name)).toMatchObject({ kind: 'bogus' });
    });

    it.each([
      { addresses: ['127.0.0.1', '10.0.0.53', '169.254.169.254'], asked: undefined },
      { addresses: ['10.0.0.53', '20.30.40.50'], asked: { address: '20.30.40.50', port: 53 } },
    ])('asks of $addresses only one that is public', ({ addresses, asked }) => {
      const answers = addresses.map((data) => ({ type: 'A', name: 'ns0.test', data }) as const);
      expect(publicEndpoint(answers)).toEqual(asked);
    });

    it('asks none at an address that is not public, but resolvers instead', async () => {
      const { resolvers } = await open();
      const dns = new PublicResolvers({ resolvers: resolvers.endpoints, timeoutMs: 1_000, attempts: 1 });
      resolvers.hostZone('northwind.test');
      for (const server of ['ns0.test', 'ns1.test', 'ns2.test']) {
        resolvers.remember(server, 'A', ['127.0.0.1', '10.0.0.53']);
        resolvers.remember(server, 'AAAA', ['::1']);
      }
      resolvers.remember(name, 'A', values);
      expect(await dns.findRecords(name, 'A')).toEqual({ kind: 'found', values });
      expect(resolvers.seen.every(({ recursionDesired }) => recursionDesired)).toBe(true);
    });
  });

  it('asks again when a packet is lost', async () => {
    const { resolvers } = await open();
    const dns = new PublicResolvers({ resolvers: resolvers.endpoints, timeoutMs: 30, attempts: 2 });
    resolvers.turn(name, ['silent', 'silent', 'silent']);
    expect(await dns.findCaa(name)).toMatchObject({ kind: 'unknown' });
    await expect.poll(() => resolvers.seen.length).toBe(6);
  });
});
