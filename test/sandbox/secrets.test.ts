// No secret leaves its place: after orders that went well, badly and not at all, everything that was written is searched for every key and token.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamodb } from '../../src/sandbox/dynamodb.ts';
import { livePaths } from '../support/live-files.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';
import {
  filesBelow,
  findBelow,
  findIn,
  openToTheWorld,
  type Secret,
  secretsOfVault,
  textSecret,
} from '../support/secret-search.ts';

/** Whatever the files of the database look like. */
async function itemsIn(folder: string): Promise<unknown> {
  const dynamodb = await startDynamodb({ folder: join(folder, 'service', 'dynamodb') });
  const client = dynamodb.client();
  const { Items } = await client.send(new ScanCommand({ TableName: dynamodb.table }));
  client.destroy();
  await dynamodb.close();
  expect(Items?.length).toBeGreaterThan(20);
  return Items;
}

describe('after orders that went well and badly, another SSH key and a misused token', patient, () => {
  let run: SandboxRun;
  let secrets: readonly Secret[];
  let read: string;
  const processes: string[] = [];
  let sampling: NodeJS.Timeout;

  beforeAll(async () => {
    run = await SandboxRun.start({ profile: { restartTimeoutSeconds: 2 } });
    const { ucx } = run.outside;
    sampling = setInterval(() => processes.push(...ucx.processes()), 20);
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    await run.ask('PUT', '/v1/webhook', { url: 'https://203.0.113.99/events', secret });
    const good = await run.fulfil();
    expect(await run.rotateSshKey()).toMatchObject({ generation: 2, rotation: { state: 'done' } });
    const second = await run.prepare({ keyType: 'ec-p256', windowPolicy: run.onlyOnce });
    await ucx.turn({ refusesNewChain: 'down' });
    const rolledBack = await run.runNow(second);
    await ucx.turn({ refusesNewChain: 'no', sshRefuses: true });
    const refused = await run.fulfil();
    clearInterval(sampling);
    expect([good.state, rolledBack.problem?.code, refused.problem?.code]).toEqual([
      'done',
      'activation-rolled-back',
      'ssh-authentication-refused',
    ]);
    const { token } = run.service;
    const misused = `${token.slice(0, -8)}${[...token.slice(-8)].reverse().join('')}`;
    for (const path of ['/v1/orders', `/v1/orders/${misused}`, `/v1/servers/${misused}`]) {
      await fetch(`${run.service.url}${path}`, { headers: { Authorization: `Bearer ${misused}` } });
      await run.ask('GET', path);
    }
    secrets = [
      ...(await secretsOfVault(join(run.folder, 'service', 'vault'))),
      textSecret('token', token),
      textSecret('signature of the misused token', misused.split('.')[2] ?? misused),
    ];
    const mails = await run.outside.mail.mails.list();
    const paths = [
      '/v1/webhook',
      '/v1/webhook/deliveries',
      '/v1/orders',
      `/v1/orders/${good.id}`,
      `/v1/orders/${refused.id}`,
      '/v1/servers/pbx.northwind.test',
    ];
    const answers = await Promise.all(paths.map((path) => run.ask('GET', path)));
    await run.service.close();
    read = JSON.stringify({ mails, answers, log: await run.log(), items: await itemsIn(run.folder) });
  }, 120_000);

  afterAll(async () => {
    clearInterval(sampling);
    await run?.close();
  });

  it('there were secrets to look for, and they are found where they are', async () => {
    const names = secrets.map(({ name }) => name.replace(/orders\/[a-z2-7]{26}/, 'orders/x').replace(/\/@.*/, ''));
    expect(names.sort()).toEqual([
      'authorities/sandbox/account-key.pem',
      'partners/emetrotel/orders/x/leaf-key-1.pem',
      'partners/emetrotel/orders/x/leaf-key-1.pem',
      'partners/emetrotel/ssh-key',
      'partners/emetrotel/ssh-key-2',
      'partners/emetrotel/webhook-secret',
      'service/link-key',
      'service/token-key',
      'signature of the misused token',
      'token',
    ]);
    const kept = secrets.filter(({ name }) => name.includes('/@'));
    expect(await findBelow(join(run.folder, 'service', 'vault'), secrets, () => false)).toHaveLength(kept.length);
    const pems = await Promise.all((await leafKeyPlaces()).map((place) => readFile(place, 'utf8')));
    const logged = pems.flatMap((pem) => findIn('a line of JSON', Buffer.from(JSON.stringify({ pem })), secrets));
    // the live one, both staged ones; the one from the factory is none of ours
    expect(logged).toHaveLength(3);
  });

  it('no file outside the vault and the places of keys on the server holds one', async () => {
    const keyPlaces = await leafKeyPlaces();
    const found = await findBelow(
      run.folder,
      secrets,
      (path) => path.includes('/service/vault/') || keyPlaces.includes(path),
    );
    expect(found).toEqual([]);
  });

  it('the keys on the server can be read by no stranger', async () => {
    const places = await leafKeyPlaces();
    expect(places.length).toBeGreaterThanOrEqual(2);
    expect(await openToTheWorld(places)).toEqual([]);
  });

  it('no table, mail, log or answer of the API holds one, read as its readers do', () => {
    expect(read.length).toBeGreaterThan(20_000);
    for (const part of ['@all! InfinityOne', '<!doctype html>', 'BEGIN:VCALENDAR']) expect(read).toContain(part);
    expect(findIn('what people read', Buffer.from(read), secrets)).toEqual([]);
  });

  it('no command line on the server holds one', () => {
    expect(processes.some((command) => command.includes('activate.sh'))).toBe(true);
    expect(findIn('a command line', Buffer.from(processes.join('\n')), secrets)).toEqual([]);
  });

  /** Live, staged, and kept for one generation. */
  async function leafKeyPlaces(): Promise<readonly string[]> {
    const { ucx } = run.outside;
    const { key } = await livePaths(ucx);
    const staged = (await filesBelow(ucx.profile.stagingFolder)).filter((path) => path.endsWith('/key.pem'));
    return [key, ...staged];
  }
});
