// The sandbox's Route 53 as a stock client sees it: what it refuses, how it throttles, what it remembers.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { describe, expect, it, onTestFinished } from 'vitest';
import { route53Client } from '../../../src/adapters/aws/route53-client.ts';
import { kindRoute53Dials, type Route53Dials } from '../../../src/sandbox/route53/route53-dials.ts';
import { SandboxRoute53 } from '../../../src/sandbox/route53/sandbox-route53.ts';

interface World {
  readonly folder: string;
  readonly sandbox: SandboxRoute53;
  readonly client: Route53Client;
  readonly zoneId: string;
  readonly clock: { ms: number };
}

async function open(dials: Partial<Route53Dials> = {}, folder?: string): Promise<World> {
  const at = folder ?? (await mkdtemp(join(tmpdir(), 'ucx-route53-')));
  const clock = { ms: Date.UTC(2027, 0, 1) };
  const sandbox = await SandboxRoute53.start({
    folder: at,
    zones: ['northwind.test', 'a.northwind.test', 'southwind.test'],
    now: () => new Date(clock.ms),
    random: () => 0.5,
    dials: { ...kindRoute53Dials, ...dials },
  });
  const client = route53Client({ endpoint: sandbox.endpoint, credentials: sandbox.accessKey });
  onTestFinished(async () => {
    client.destroy();
    await sandbox.close();
    await rm(at, { recursive: true, force: true });
  });
  return { folder: at, sandbox, client, zoneId: sandbox.zoneIds['northwind.test'] ?? '', clock };
}

const createTxt = (zoneId: string, name: string, ...values: string[]) => change(zoneId, 'CREATE', name, values);

function change(zoneId: string, action: 'CREATE' | 'UPSERT' | 'DELETE', name: string, values: readonly string[]) {
  const records = values.map((value) => ({ Value: value }));
  const set = { Name: name, Type: 'TXT', TTL: 60, ResourceRecords: records } as const;
  return new ChangeResourceRecordSetsCommand({
    HostedZoneId: zoneId,
    ChangeBatch: { Changes: [{ Action: action, ResourceRecordSet: set }] },
  });
}

describe('the zones of SandboxRoute53', () => {
  it('are listed by their labels from the right, from a name on', async () => {
    const { client } = await open();
    const listed = async (input: { DNSName?: string; MaxItems?: number }) => {
      const { HostedZones, IsTruncated } = await client.send(new ListHostedZonesByNameCommand(input));
      return { names: HostedZones?.map((zone) => zone.Name), more: IsTruncated };
    };
    const all = ['northwind.test.', 'a.northwind.test.', 'southwind.test.'];
    expect(await listed({})).toEqual({ names: all, more: false });
    expect(await listed({ DNSName: 'A.northwind.test.' })).toEqual({ names: all.slice(1), more: false });
    expect(await listed({ DNSName: 'o.test', MaxItems: 1 })).toEqual({ names: ['southwind.test.'], more: false });
    expect(await listed({ MaxItems: 2 })).toEqual({ names: all.slice(0, 2), more: true });
  });

  it('name their three name servers', async () => {
    const { client, zoneId, sandbox } = await open();
    const { DelegationSet, HostedZone } = await client.send(new GetHostedZoneCommand({ Id: zoneId }));
    expect(DelegationSet?.NameServers).toEqual(['ns1.sandbox.test', 'ns2.sandbox.test', 'ns3.sandbox.test']);
    expect(sandbox.nameServers.map(({ name }) => name)).toEqual(DelegationSet?.NameServers);
    expect(HostedZone).toMatchObject({
      Id: `/hostedzone/${zoneId}`,
      Name: 'northwind.test.',
      ResourceRecordSetCount: 2,
    });
  });

  it('keep their ids in another folder', async () => {
    const { zoneId } = await open();
    const other = await open();
    expect(other.zoneId).toBe(zoneId);
  });
});

describe('the records of SandboxRoute53', () => {
  it('are listed by name from the right, then by type, from a name and type on', async () => {
    const { client, zoneId } = await open();
    for (const name of ['b.northwind.test', '*.northwind.test', 'a.b.northwind.test', 'B2.Northwind.Test.']) {
      await client.send(createTxt(zoneId, name, '"v"'));
    }
    const listed = async (input: Partial<ConstructorParameters<typeof ListResourceRecordSetsCommand>[0]>) => {
      const answer = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, ...input }));
      return { sets: answer.ResourceRecordSets?.map((set) => `${set.Name} ${set.Type}`), next: answer.NextRecordName };
    };
    const all = [
      'northwind.test. NS',
      'northwind.test. SOA',
      '\\052.northwind.test. TXT',
      'b.northwind.test. TXT',
      'a.b.northwind.test. TXT',
      'b2.northwind.test. TXT',
    ];
    expect(await listed({})).toEqual({ sets: all, next: undefined });
    expect(await listed({ StartRecordName: 'b.northwind.test', MaxItems: 1 })).toEqual({
      sets: ['b.northwind.test. TXT'],
      next: 'a.b.northwind.test.',
    });
    expect(await listed({ StartRecordName: 'northwind.test', StartRecordType: 'SOA', MaxItems: 1 })).toMatchObject({
      sets: ['northwind.test. SOA'],
    });
    await expect(listed({ StartRecordType: 'TXT' })).rejects.toMatchObject({ name: 'InvalidInput' });
    await expect(listed({ MaxItems: 0 })).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  it('come back letter for letter', async () => {
    const { client, zoneId } = await open();
    const value = String.raw`"a <b> & 'c' \"d\" \\ \351 "`;
    await client.send(createTxt(zoneId, 'x.northwind.test', value));
    const listed = await client.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, StartRecordName: 'x.northwind.test', MaxItems: 1 }),
    );
    expect(listed.ResourceRecordSets).toEqual([
      { Name: 'x.northwind.test.', Type: 'TXT', TTL: 60, ResourceRecords: [{ Value: value }] },
    ]);
  });

  it('stay as they are when one change of a batch is refused', async () => {
    const { client, zoneId, sandbox } = await open();
    const ResourceRecords = [{ Value: '"v"' }];
    const set = (name: string): ResourceRecordSet => ({ Name: name, Type: 'TXT', TTL: 60, ResourceRecords });
    const batch = new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: {
        Changes: [
          { Action: 'CREATE', ResourceRecordSet: set('new.northwind.test') },
          { Action: 'DELETE', ResourceRecordSet: set('none.northwind.test') },
        ],
      },
    });
    await expect(client.send(batch)).rejects.toMatchObject({
      name: 'InvalidChangeBatch',
      message: "[Tried to delete resource record set [name='none.northwind.test.', type='TXT'] but it was not found]",
    });
    expect(sandbox.heldValues('new.northwind.test', 'TXT')).toEqual([]);
    expect(sandbox.counts.changes).toBe(0);
  });
});

describe('a request to SandboxRoute53', () => {
  it.each([
    { what: 'not signed', request: {}, code: 'MissingAuthenticationToken', status: 403 },
    {
      what: 'for an operation we do not use',
      path: '/2013-04-01/hostedzone',
      code: 'UnknownOperationException',
      status: 404,
    },
    { what: 'to take a zone away', request: { method: 'DELETE' }, code: 'UnknownOperationException', status: 404 },
  ])('is refused when it is $what', async ({ request = {}, path, code, status }) => {
    const { sandbox, zoneId } = await open();
    const answer = await fetch(`${sandbox.endpoint}${path ?? `/2013-04-01/hostedzone/${zoneId}`}`, request);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(`<Code>${code}</Code>`);
  });

  it('is refused when it is signed with another key', async () => {
    const { sandbox } = await open();
    for (const [credentials, name] of [
      [{ ...sandbox.accessKey, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
      [{ ...sandbox.accessKey, accessKeyId: 'WRONG' }, 'InvalidClientTokenId'],
    ] as const) {
      const client = route53Client({ endpoint: sandbox.endpoint, credentials });
      onTestFinished(() => client.destroy());
      await expect(client.send(new ListHostedZonesByNameCommand({}))).rejects.toMatchObject({ name });
    }
    expect(sandbox.counts.requests.ListHostedZonesByName).toBe(0);
  });

  it('is refused when it was changed after it was signed', async () => {
    const { client, zoneId, sandbox } = await open();
    client.middlewareStack.add(
      (next) => (args) => {
        const { request } = args as { request: { body: string } };
        request.body = request.body.replace('mine', 'evil');
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'tamper' },
    );
    await expect(client.send(createTxt(zoneId, 'x.northwind.test', '"mine"'))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    expect(sandbox.heldValues('x.northwind.test', 'TXT')).toEqual([]);
  });

  it('for a zone or change nobody knows is refused', async () => {
    const { client } = await open();
    await expect(client.send(new GetHostedZoneCommand({ Id: 'ZNONE' }))).rejects.toMatchObject({
      name: 'NoSuchHostedZone',
      message: 'No hosted zone found with ID: ZNONE',
    });
    await expect(client.send(createTxt('ZNONE', 'x.northwind.test', '"v"'))).rejects.toMatchObject({
      name: 'NoSuchHostedZone',
    });
    await expect(client.send(new GetChangeCommand({ Id: 'CNONE' }))).rejects.toMatchObject({ name: 'NoSuchChange' });
  });

  it.each([
    { what: 'no TTL', set: { ResourceRecords: [{ Value: '"v"' }] } },
    { what: 'no values', set: { TTL: 60, ResourceRecords: [] } },
    { what: 'a TTL below nothing', set: { TTL: -1, ResourceRecords: [{ Value: '"v"' }] } },
    { what: 'a routing policy', set: { TTL: 60, SetIdentifier: 'x', Weight: 1, ResourceRecords: [{ Value: '"v"' }] } },
    { what: 'a type we do not keep', set: { Type: 'MX', TTL: 60, ResourceRecords: [{ Value: '1 x.test' }] } },
  ] satisfies {
    what: string;
    set: Partial<ResourceRecordSet>;
  }[])('for a set with $what is refused', async ({ set }) => {
    const { client, zoneId } = await open();
    const given: ResourceRecordSet = { Name: 'x.northwind.test', Type: 'TXT', ...set };
    const changes = [{ Action: 'CREATE', ResourceRecordSet: given } as const];
    const batch = new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes: changes } });
    await expect(client.send(batch)).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  it('of 2 MB is refused', async () => {
    const { sandbox, zoneId } = await open();
    const url = `${sandbox.endpoint}/2013-04-01/hostedzone/${zoneId}/rrset`;
    const sent = fetch(url, { method: 'POST', body: 'x'.repeat(2_000_000) });
    const status = await sent.then(
      (answer) => answer.status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(status);
  });
});

describe('a change in SandboxRoute53', () => {
  it('is PENDING first and INSYNC when the name servers have it, but for the late one', async () => {
    const { client, zoneId, sandbox } = await open({ insyncDelayMs: 30, serversLagMs: 600_000 });
    const { ChangeInfo } = await client.send(createTxt(zoneId, 'x.northwind.test', '"v"'));
    expect(ChangeInfo?.Status).toBe('PENDING');
    expect(sandbox.heldValues('x.northwind.test', 'TXT')).toEqual(['v']);
    const status = async () => (await client.send(new GetChangeCommand({ Id: ChangeInfo?.Id }))).ChangeInfo?.Status;
    await expect.poll(status, { interval: 5 }).toBe('INSYNC');
    expect(sandbox.publishedValues('x.northwind.test', 'TXT')).toEqual([['v'], [], ['v']]);
    expect(sandbox.valuesAt('x.northwind.test', 'TXT')).toEqual([]);
  });

  it('is not undone by an older one that arrives late', async () => {
    const { client, zoneId, sandbox } = await open({ serversLagMs: 40 });
    await client.send(createTxt(zoneId, 'x.northwind.test', '"old"'));
    sandbox.turn({ serversLagMs: 0 });
    await client.send(change(zoneId, 'UPSERT', 'x.northwind.test', ['"new"']));
    await expect.poll(() => sandbox.pending, { interval: 5 }).toBe(0);
    expect(sandbox.publishedValues('x.northwind.test', 'TXT')).toEqual([['new'], ['new'], ['new']]);
  });

  it('is refused while another one is worked on', async () => {
    const { client, zoneId, sandbox } = await open({ changeConflicts: 1 });
    const refused = client.send(createTxt(zoneId, 'x.northwind.test', '"v"'));
    await expect(refused).rejects.toMatchObject({
      name: 'PriorRequestNotComplete',
      $metadata: { httpStatusCode: 400 },
    });
    expect(sandbox.heldValues('x.northwind.test', 'TXT')).toEqual([]);
  });

  it('is carried out although its answer is lost', async () => {
    const { client, zoneId, sandbox } = await open({ answersLost: 1 });
    await expect(client.send(createTxt(zoneId, 'x.northwind.test', '"v"'))).rejects.toThrow();
    expect(sandbox.heldValues('x.northwind.test', 'TXT')).toEqual(['v']);
  });
});

describe('throttling by SandboxRoute53', () => {
  it('lets 50 requests through at once and then 10 a second, with status 400', async () => {
    const { client, sandbox, clock } = await open();
    const ask = async (times: number) => {
      const ends = await Promise.allSettled(
        Array.from({ length: times }, () => client.send(new ListHostedZonesByNameCommand({ MaxItems: 1 }))),
      );
      return ends.filter(({ status }) => status === 'fulfilled').length;
    };
    expect(await ask(60)).toBe(50);
    const refused = client.send(new ListHostedZonesByNameCommand({}));
    await expect(refused).rejects.toMatchObject({
      name: 'Throttling',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
    });
    expect(sandbox.counts.throttled).toBe(11);
    clock.ms += 1000;
    expect(await ask(20)).toBe(10);
  });

  it('counts an UPSERT for two changes', async () => {
    const { client, zoneId, clock } = await open({ changeBurst: 4, changesPerSecond: 1 });
    const upsert = () => client.send(change(zoneId, 'UPSERT', 'x.northwind.test', ['"v"']));
    await upsert();
    await upsert();
    await expect(upsert()).rejects.toMatchObject({ name: 'Throttling' });
    clock.ms += 1000;
    await expect(upsert()).rejects.toMatchObject({ name: 'Throttling' });
    clock.ms += 1000;
    await upsert();
  });
});

describe('SandboxRoute53 started again', () => {
  it('serves what it held, publishes what was pending and knows old changes', async () => {
    const first = await open({ insyncDelayMs: 600_000 });
    const { ChangeInfo } = await first.client.send(createTxt(first.zoneId, 'x.northwind.test', '"v"'));
    await first.sandbox.close();
    const { sandbox, client } = await open({}, first.folder);
    expect(sandbox.valuesAt('x.northwind.test', 'TXT')).toEqual(['v']);
    const found = await client.send(new GetChangeCommand({ Id: ChangeInfo?.Id }));
    expect(found.ChangeInfo?.Status).toBe('INSYNC');
  });

  it('after a kill has every change it answered to, and no half one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ucx-route53-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const child = fork(new URL('./change-until-killed.ts', import.meta.url), [folder], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let answered = 0;
    child.on('message', (count) => {
      answered = Number(count);
      if (answered === 40) child.kill('SIGKILL');
    });
    await once(child, 'exit');
    expect(answered).toBeGreaterThanOrEqual(40);
    const { sandbox } = await open({}, folder);
    const values = sandbox.heldValues('x.northwind.test', 'TXT').map(Number);
    expect(values[0]).toBeGreaterThanOrEqual(answered);
    expect(values).toEqual([values[0], Number(values[0]) + 1]);
  });
});
