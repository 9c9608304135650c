// Route53Zones keeps the contract of the port over the sandbox's Route 53, and stands what Route 53 does to clients.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { describe, expect, it, onTestFinished } from 'vitest';
import { route53Client } from '../../../src/adapters/aws/route53-client.ts';
import { Route53Zones } from '../../../src/adapters/aws/route53-zones.ts';
import { quotedTxt } from '../../../src/adapters/aws/txt-text.ts';
import { defaultRoute53Dials } from '../../../src/sandbox/route53/route53-dials.ts';
import { zonesContract } from '../../contracts/zones.ts';
import { followContract, OutsideDns } from '../../contracts/zones-follow.ts';
import { openRoute53World } from '../../support/route53-world.ts';

const name = '_acme-challenge.pbx.northwind.test';

describe('Route53Zones', () => {
  zonesContract(async () => {
    const { sandbox, zones, another } = await openRoute53World();
    return {
      zones,
      another: another(),
      valuesAt: async (at, type) => {
        await expect.poll(() => sandbox.pending, { interval: 5 }).toBe(0);
        return sandbox.valuesAt(at, type);
      },
      put: (at, type, values) => {
        const shown = type === 'TXT' ? values.map(quotedTxt) : values;
        sandbox.put({ name: at, type, ttl: 300, values: shown });
      },
      holdBack: () => sandbox.turn({ insyncDelayMs: 600_000 }),
    };
  });

  followContract(async () => {
    const { sandbox, another } = await openRoute53World();
    const outside = new OutsideDns();
    return {
      zones: another({ findAlias: outside.findAlias, delegationZone: 'challenges.northwind.test' }),
      put: (at, type, values) => {
        const shown = type === 'TXT' ? values.map(quotedTxt) : values;
        sandbox.put({ name: at, type, ttl: 300, values: shown });
      },
      outside: outside.say,
    };
  });
});

describe('Route53Zones when the world is hostile', () => {
  it('does not call a value visible that one name server lacks', async () => {
    const { sandbox, zones } = await openRoute53World({ serversLagMs: 600_000 });
    await zones.add({ name, value: 'v' });
    await expect.poll(() => sandbox.publishedValues(name, 'TXT').filter((v) => v.length > 0).length).toBe(2);
    expect(await zones.isVisible({ name, value: 'v' })).toBe(false);
  });

  it('does not call a value visible while one name server is silent', async () => {
    const { sandbox, zones } = await openRoute53World({ nameServerSilent: 1 });
    await zones.add({ name, value: 'v' });
    await expect.poll(() => sandbox.pending, { interval: 5 }).toBe(0);
    expect(await zones.isVisible({ name, value: 'v' })).toBe(false);
    sandbox.turn({ nameServerSilent: undefined });
    expect(await zones.isVisible({ name, value: 'v' })).toBe(true);
  });

  it('asks all three name servers for every answer', async () => {
    const { sandbox, zones } = await openRoute53World();
    await zones.isVisible({ name, value: 'v' });
    await zones.isVisible({ name, value: 'v' });
    expect(sandbox.dnsQueries).toEqual([2, 2, 2]);
  });

  it('gets through when most requests are throttled and changes collide', async () => {
    const { sandbox, zones } = await openRoute53World({ throttle: 0.6, changeConflicts: 0.6 });
    await zones.add({ name, value: 'v' });
    expect(sandbox.heldValues(name, 'TXT')).toEqual(['v']);
    expect(sandbox.counts.throttled).toBeGreaterThan(0);
  });

  it('gives up with dns-throttled when throttling does not end, and says when to come back', async () => {
    const { sandbox, another } = await openRoute53World({ throttle: 1 });
    let nowMs = 0;
    const zones = another({
      now: () => new Date(nowMs),
      pause: async (ms) => {
        nowMs += ms;
      },
    });
    await expect(zones.add({ name, value: 'v' })).rejects.toMatchObject({
      name: 'dns-throttled',
      retryAfterMs: 30_000,
      message: expect.stringMatching(/Throttling: Rate exceeded; given up after \d+ attempts/),
    });
    expect(nowMs).toBeGreaterThan(10_000);
    expect(nowMs).toBeLessThan(20_000);
    expect(sandbox.counts.requests.ListHostedZonesByName).toBeLessThan(40);
  });

  it('gives up with dns-throttled when the zone never stops working on another change', async () => {
    const { another } = await openRoute53World({ changeConflicts: 1 });
    const zones = another({ budgetMs: 300, pause: async () => {} });
    await expect(zones.add({ name, value: 'v' })).rejects.toMatchObject({
      name: 'dns-throttled',
      message: expect.stringContaining('PriorRequestNotComplete'),
    });
  });

  it('adds once and removes once when every answer to a change is lost', async () => {
    const { sandbox, zones } = await openRoute53World({ answersLost: 1 });
    sandbox.put({ name, type: 'TXT', ttl: 300, values: ['"theirs"'] });
    await zones.add({ name, value: 'v' });
    expect(sandbox.heldValues(name, 'TXT')).toEqual(['theirs', 'v']);
    await zones.remove({ name, value: 'v' });
    expect(sandbox.heldValues(name, 'TXT')).toEqual(['theirs']);
    expect(sandbox.counts.changes).toBe(2);
  });

  it('is dns-unreachable when nobody answers at all', async () => {
    const { sandbox, another } = await openRoute53World();
    const zones = another({ budgetMs: 300 });
    await sandbox.close();
    await expect(zones.findZone(name)).rejects.toMatchObject({ name: 'dns-unreachable' });
  });

  it('ends within its budget when the connection stands and nothing comes', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { another } = await openRoute53World();
    const client = route53Client({ endpoint, credentials: { accessKeyId: 'x', secretAccessKey: 'y' } });
    onTestFinished(() => client.destroy());
    const zones = another({ client, budgetMs: 400 });
    const startedMs = performance.now();
    await expect(zones.findZone(name)).rejects.toMatchObject({ name: 'dns-unreachable' });
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });

  it('says that it was throttled, though the last request was cut short by its own deadline', async () => {
    const { zones } = await openScripted(
      [{ status: 400, body: '<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>' }],
      { silentAfterwards: true },
    );
    await expect(zones.findZone('a.test')).rejects.toMatchObject({ name: 'dns-throttled' });
  });

  it('is dns-refused at once when the key has no rights', async () => {
    const { sandbox, another } = await openRoute53World();
    const client = route53Client({
      endpoint: sandbox.endpoint,
      credentials: { ...sandbox.accessKey, secretAccessKey: 'wrong' },
    });
    onTestFinished(() => client.destroy());
    await expect(another({ client }).findZone(name)).rejects.toMatchObject({
      name: 'dns-refused',
      message: expect.stringContaining('SignatureDoesNotMatch'),
    });
  });

  it('is record-busy when somebody else changes the name each time', async () => {
    const { sandbox, another } = await openRoute53World();
    const client = route53Client({ endpoint: sandbox.endpoint, credentials: sandbox.accessKey });
    onTestFinished(() => client.destroy());
    let turn = 0;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'ChangeResourceRecordSetsCommand') {
          turn += 1;
          sandbox.put({ name, type: 'TXT', ttl: 300, values: [`"${turn}"`] });
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    await expect(another({ client }).add({ name, value: 'v' })).rejects.toMatchObject({ name: 'record-busy' });
    expect(sandbox.heldValues(name, 'TXT')).toEqual([`${turn}`]);
    expect(turn).toBeLessThanOrEqual(40);
  });

  it.each([
    { what: 'an alias of AWS', set: { aliasTarget: 'lb.example', values: [] } },
    { what: 'a weighted set', set: { setIdentifier: 'blue', values: ['203.0.113.7'] } },
  ])('leaves $what as it is', async ({ set }) => {
    const { sandbox, zones } = await openRoute53World();
    const at = 'pbx.northwind.test';
    sandbox.put({ name: at, type: 'A', ttl: 60, ...set });
    const wanted = { name: at, type: 'A', values: ['203.0.113.9'] } as const;
    await expect(zones.findAddress(at, 'A')).rejects.toMatchObject({ name: 'record-conflict' });
    await expect(zones.replaceAddress(wanted, undefined)).rejects.toMatchObject({ name: 'record-conflict' });
    expect(sandbox.heldValues(at, 'A')).toEqual(set.values);
  });

  it('does not take a private zone for the zone of a name', async () => {
    const { sandbox, zones } = await openRoute53World();
    sandbox.addZone('pbx.northwind.test', { privateZone: true });
    expect(await zones.findZone(name)).toBe('northwind.test');
  });

  it('finds a zone delegated to us later', async () => {
    const { sandbox, zones } = await openRoute53World();
    expect(await zones.findZone('pbx.southwind.test')).toBeUndefined();
    sandbox.addZone('southwind.test');
    expect(await zones.findZone('pbx.southwind.test')).toBe('southwind.test');
  });

  it('asks for the zone of a name once a minute, not for each change', async () => {
    const { sandbox, another } = await openRoute53World();
    let nowMs = 0;
    const zones = another({ now: () => new Date(nowMs) });
    await zones.add({ name, value: 'a' });
    const asked = sandbox.counts.requests.ListHostedZonesByName;
    expect(asked).toBe(1);
    await zones.add({ name, value: 'b' });
    await zones.remove({ name, value: 'a' });
    await zones.isVisible({ name, value: 'b' });
    await zones.isVisible({ name, value: 'b' });
    expect(sandbox.counts.requests).toMatchObject({ ListHostedZonesByName: asked, GetHostedZone: 1 });
    nowMs += 61_000;
    await zones.add({ name, value: 'c' });
    expect(sandbox.counts.requests.ListHostedZonesByName).toBe(2 * asked);
  });

  it('asks for no more than ten labels of a very deep name, however many zones stand before it', async () => {
    const full = '<R><HostedZones/><IsTruncated>true</IsTruncated><NextDNSName>0.test.</NextDNSName></R>';
    const { zones, left } = await openScripted(Array.from({ length: 12 }, () => ({ status: 200, body: full })));
    expect(await zones.findZone(`${'a.'.repeat(100)}test`)).toBeUndefined();
    expect(left()).toBe(2);
  });

  it('gets six values of three writers through refusals and lost answers as often as the dials have them', async () => {
    const { sandbox, zones, another } = await openRoute53World({
      ...defaultRoute53Dials,
      insyncDelayMs: 20,
      serversLagMs: 60,
      requestBurst: 10_000,
    });
    const values = ['a', 'b', 'c', 'd', 'e', 'f'];
    const writers = [zones, another(), another()];
    await Promise.all(values.map((value, index) => writers[index % 3]?.add({ name, value })));
    expect(sandbox.heldValues(name, 'TXT')).toEqual(values);
    await expect.poll(() => zones.isVisible({ name, value: 'f' }), { interval: 10, timeout: 5000 }).toBe(true);
    await Promise.all(values.map((value, index) => writers[index % 3]?.remove({ name, value })));
    expect(sandbox.heldValues(name, 'TXT')).toEqual([]);
  });

  it.each([
    { standing: 300, after: 60 },
    { standing: 5, after: 5 },
  ])('brings the TTL of a set of $standing seconds to $after when it adds to it', async ({ standing, after }) => {
    const { sandbox, zones } = await openRoute53World();
    sandbox.put({ name, type: 'TXT', ttl: standing, values: ['"theirs"'] });
    await zones.add({ name, value: 'mine' });
    const client = route53Client({ endpoint: sandbox.endpoint, credentials: sandbox.accessKey });
    onTestFinished(() => client.destroy());
    const input = { HostedZoneId: sandbox.zoneIds['northwind.test'], StartRecordName: name, MaxItems: 1 };
    const { ResourceRecordSets } = await client.send(new ListResourceRecordSetsCommand(input));
    expect(ResourceRecordSets?.map((set) => set.TTL)).toEqual([after]);
  });

  it('writes nothing when there is nothing to change', async () => {
    const { sandbox, zones } = await openRoute53World();
    await zones.add({ name, value: 'a' });
    await zones.add({ name, value: 'a' });
    await zones.remove({ name, value: 'b' });
    const record = { name: 'pbx.northwind.test', type: 'A', values: ['203.0.113.7'] } as const;
    await zones.replaceAddress(record, undefined);
    await zones.replaceAddress(record, undefined);
    expect(sandbox.counts.requests.ChangeResourceRecordSets).toBe(2);
  });

  it('is dns-refused in the words of Route 53 when a batch is refused for itself', async () => {
    const { zones } = await openRoute53World();
    const refused = zones.replaceAddress(
      { name: 'pbx.northwind.test', type: 'A', values: ['not an address'] },
      undefined,
    );
    await expect(refused).rejects.toMatchObject({
      name: 'dns-refused',
      message: expect.stringContaining('Value is not a valid IPv4 address'),
    });
  });

  it('refuses to take an address away', async () => {
    const { zones } = await openRoute53World();
    const refused = zones.replaceAddress({ name: 'pbx.northwind.test', type: 'A', values: [] }, undefined);
    await expect(refused).rejects.toMatchObject({ name: 'bad-request', field: 'values' });
  });

  it('reads again when a batch is refused in the older form, without a code', async () => {
    const { zones, left } = await openScripted([
      { status: 200, body: zonesXml('Z1') },
      { status: 200, body: recordsXml([]) },
      {
        status: 400,
        body: '<InvalidChangeBatch><Messages><Message>but it already exists</Message></Messages></InvalidChangeBatch>',
      },
      { status: 200, body: recordsXml(['"v"']) },
    ]);
    await zones.add({ name: 'a.test', value: 'v' });
    expect(left()).toBe(0);
  });

  it('does not guess which of two public zones of one name is the delegated one', async () => {
    const { zones } = await openScripted([{ status: 200, body: zonesXml('Z1', 'Z2') }]);
    await expect(zones.add({ name: 'a.test', value: 'v' })).rejects.toMatchObject({
      name: 'dns-refused',
      message: 'there are 2 public hosted zones named "a.test": Z1, Z2',
    });
  });

  it('repeats after a failure of AWS itself', async () => {
    const { zones } = await openScripted([
      { status: 503, body: '' },
      { status: 500, body: '<ErrorResponse><Error><Code>InternalError</Code></Error></ErrorResponse>' },
      { status: 200, body: zonesXml('Z1') },
    ]);
    expect(await zones.findZone('a.test')).toBe('a.test');
  });

  it('is no-zone-for-name when the zone it knew is gone, and looks again the next time', async () => {
    const gone = '<ErrorResponse><Error><Code>NoSuchHostedZone</Code><Message>gone</Message></Error></ErrorResponse>';
    const { zones, asked } = await openScripted([
      { status: 200, body: zonesXml('Z1') },
      { status: 404, body: gone },
      { status: 200, body: zonesXml('Z2') },
      { status: 200, body: recordsXml(['"v"']) },
    ]);
    await expect(zones.add({ name: 'a.test', value: 'v' })).rejects.toMatchObject({ name: 'no-zone-for-name' });
    await zones.add({ name: 'a.test', value: 'v' });
    expect(asked()).toEqual(['hostedzonesbyname', 'hostedzone/Z1/rrset', 'hostedzonesbyname', 'hostedzone/Z2/rrset']);
  });
});

/** The adapter before a server that gives these answers one after the other, whatever is asked. */
async function openScripted(answers: { status: number; body: string }[], { silentAfterwards = false } = {}) {
  const rest = [...answers];
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url.replace(/^\/2013-04-01\/|\?.*$/g, ''));
    if (silentAfterwards && rest.length === 0) return;
    const { status, body } = rest.shift() ?? { status: 400, body: '' };
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = route53Client({ endpoint, credentials: { accessKeyId: 'x', secretAccessKey: 'y' } });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const zones = new Route53Zones({
    client,
    askServer: async () => undefined,
    now: () => new Date(),
    random: () => 0,
    pause: async () => {},
    ...(silentAfterwards ? { budgetMs: 400 } : {}),
  });
  return { zones, left: () => rest.length, asked: () => asked };
}

function zonesXml(...ids: readonly string[]): string {
  const zones = ids.map((id) => `<HostedZone><Id>/hostedzone/${id}</Id><Name>a.test.</Name></HostedZone>`).join('');
  return `<ListHostedZonesByNameResponse><HostedZones>${zones}</HostedZones></ListHostedZonesByNameResponse>`;
}

function recordsXml(values: readonly string[]): string {
  const records = values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join('');
  const set = `<ResourceRecordSet><Name>a.test.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>${records}</ResourceRecords></ResourceRecordSet>`;
  return `<ListResourceRecordSetsResponse><ResourceRecordSets>${values.length > 0 ? set : ''}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>1</MaxItems></ListResourceRecordSetsResponse>`;
}
