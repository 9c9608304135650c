// InfinityOne of the sandbox serves what was on disk when it started, and is down when that does not load.

import { chmod, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import {
  livePaths,
  look,
  makeChainedLeaf,
  type OpenUcx,
  openedUcx,
  putLive,
  run,
  until,
  visit,
} from '../../support/ucx-visitor.ts';

/** Restarts by the server's own command and waits until it has come up or has failed to. */
async function restart(server: OpenUcx): Promise<void> {
  const { ucx } = server;
  const before = ucx.counts().starts + ucx.counts().failedStarts;
  const client = await visit(server);
  await run(client, 'service infinity_one restart');
  client.end();
  await until(() => ucx.counts().starts + ucx.counts().failedStarts > before, 'it has been started');
}

function page(port: number, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false }, (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    request.on('error', reject);
  });
}

/** A phone in a call: its web socket stands until the returned promise resolves. */
function call(port: number): Promise<{ ended: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    const ended = new Promise<void>((done) => socket.once('close', () => done()));
    socket.on('error', reject);
    socket.once('data', () => resolve({ ended }));
    socket.write('GET /socket/websocket HTTP/1.1\r\nHost: pbx\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
}

describe('InfinityOne of the sandbox', () => {
  it('serves the factory certificate, its settings and its picture from the first start', async () => {
    const { ucx } = await openedUcx();
    expect((await look(ucx.sitePort)).chain).toEqual(['localhost.localdomain']);
    const settings = JSON.parse((await page(ucx.sitePort, '/api/v1/settings.public?query=x')).body);
    const ids = Object.fromEntries(
      settings.settings.map(({ _id, value }: { _id: string; value: string }) => [_id, value]),
    );
    expect(ids.Site_Url).toBe('https://pbx.northwind.test:21326');
    expect(Object.keys(ids)).toEqual(['Site_Url', 'Site_Name', 'Server_Version', 'Local_Site_Host', 'Local_Site_Port']);
    expect((await page(ucx.sitePort, '/images/notification_logo.png')).body).toContain('PNG');
    expect((await page(ucx.sitePort, '/')).status).toBe(404);
  });

  it('names another host in its site URL when told so', async () => {
    const { ucx } = await openedUcx({ siteUrlHost: '192.168.1.200', namedSitePort: 4021 });
    expect((await page(ucx.sitePort, '/api/v1/settings.public')).body).toContain('https://192.168.1.200:4021');
  });

  it('keeps serving the old certificate after the files were replaced, until it is restarted', async () => {
    const server = await openedUcx();
    const factory = server.ucx.served();
    const leaf = await makeChainedLeaf();
    await putLive(server, leaf);
    expect((await look(server.ucx.sitePort)).fingerprint).toBe(factory);
    await restart(server);
    expect((await look(server.ucx.sitePort)).fingerprint).toBe(leaf.fingerprint);
    expect(server.ucx.served()).toBe(leaf.fingerprint);
    expect(server.ucx.counts()).toMatchObject({ restarts: 1, starts: 2, failedStarts: 0 });
  });

  it('is not reachable and says so while it restarts', async () => {
    // a busy machine has three looks to take before it is over
    const server = await openedUcx({ dials: { restartMs: 3_000 } });
    const client = await visit(server);
    await run(client, 'service infinity_one restart');
    expect(server.ucx.served()).toBeUndefined();
    await expect(look(server.ucx.sitePort)).rejects.toThrow();
    expect((await run(client, 'service infinity_one status')).exitCode).toBe(3);
    await until(async () => (await run(client, 'service infinity_one status')).exitCode === 0, 'it is up again');
    client.end();
  });

  it('drops its calls at a restart and counts them', async () => {
    const server = await openedUcx();
    const phone = await call(server.ucx.sitePort);
    server.ucx.setCalls(3);
    const client = await visit(server);
    expect((await run(client, 'asterisk-calls')).stdout).toBe('4\n');
    await restart(server);
    await phone.ended;
    expect((await run(client, 'asterisk-calls')).stdout).toBe('0\n');
    expect(server.ucx.counts().callsDropped).toBe(4);
    client.end();
  });

  it.each([
    {
      when: 'key and certificate do not belong together',
      spoil: async (paths: Paths) => writeFile(paths.keyfile, (await makeChainedLeaf()).keyPem),
    },
    { when: 'the certificate is no PEM', spoil: (paths: Paths) => writeFile(paths.certfile, 'nonsense') },
    { when: 'the key is gone', spoil: (paths: Paths) => rm(paths.keyfile) },
    { when: 'the key is readable by its owner only', spoil: (paths: Paths) => chmod(paths.keyfile, 0o600) },
    { when: 'a folder on the way is closed to it', spoil: (paths: Paths) => chmod(dirname(paths.keyfile), 0o700) },
  ])('stays down when $when, and comes up once it is mended', async ({ spoil }) => {
    const server = await openedUcx();
    const paths = await livePaths(server);
    const key = await readFile(paths.keyfile, 'utf8');
    const certificate = await readFile(paths.certfile, 'utf8');
    await spoil(paths);
    await restart(server);
    expect(server.ucx.served()).toBeUndefined();
    expect(server.ucx.counts().failedStarts).toBe(1);
    await chmod(dirname(paths.keyfile), 0o755);
    await writeFile(paths.keyfile, key);
    await chmod(paths.keyfile, 0o640);
    await writeFile(paths.certfile, certificate);
    await restart(server);
    expect(server.ucx.served()).toBeDefined();
  });

  it.each([
    { erlang: 'old', caFile: true, ca: 'stale', length: 1 },
    { erlang: 'old', caFile: true, ca: 'right', length: 2 },
    { erlang: 'old', caFile: false, ca: 'none', length: 2 },
    { erlang: 'new', caFile: true, ca: 'stale', length: 2 },
    { erlang: 'new', caFile: false, ca: 'none', length: 2 },
  ] as const)(
    'sends $length certificates with $erlang Erlang and CA file: $ca',
    async ({ erlang, caFile, ca, length }) => {
      const server = await openedUcx({ erlang, caFile });
      const { certfile, keyfile, cacertfile } = await livePaths(server);
      const leaf = await makeChainedLeaf();
      await writeFile(certfile, leaf.chainPem);
      await writeFile(keyfile, leaf.keyPem);
      if (ca === 'right') await writeFile(cacertfile, leaf.chainPem.slice(leaf.leafPem.length));
      await restart(server);
      const seen = await look(server.ucx.sitePort);
      expect(seen.fingerprint).toBe(leaf.fingerprint);
      expect(seen.chain).toHaveLength(length);
    },
  );

  it('reads through one directory link in the layout `symlink`', async () => {
    const server = await openedUcx({ layout: 'symlink' });
    const { certfile, keyfile } = await livePaths(server);
    expect(dirname(certfile)).toBe(dirname(keyfile));
    const live = dirname(certfile);
    const leaf = await makeChainedLeaf();
    const fresh = join(dirname(live), 'fresh');
    await run(await visit(server), `cp -pR ${live}/. ${fresh}`);
    for (const name of ['ucx.crt', 'ucx-ca.crt']) await writeFile(join(fresh, name), leaf.chainPem);
    await writeFile(join(fresh, 'ucx.key'), leaf.keyPem);
    await symlink('fresh', `${live}.new`);
    await rename(`${live}.new`, live);
    await restart(server);
    expect(server.ucx.served()).toBe(leaf.fingerprint);
  });
});

type Paths = Awaited<ReturnType<typeof livePaths>>;

describe('dials of InfinityOne', () => {
  it('restartFails once: down after one restart, up after the next', async () => {
    const server = await openedUcx();
    await server.ucx.turn({ restartFails: 'once' });
    await restart(server);
    expect(server.ucx.served()).toBeUndefined();
    await restart(server);
    expect(server.ucx.served()).toBeDefined();
  });

  it('restartFails always: down until it is turned back', async () => {
    const server = await openedUcx();
    await server.ucx.turn({ restartFails: 'always' });
    for (const _ of [1, 2]) await restart(server);
    expect(server.ucx.served()).toBeUndefined();
    await server.ucx.turn({ restartFails: 'no' });
    await restart(server);
    expect(server.ucx.served()).toBeDefined();
  });

  it('refusesNewChain down: loads the set it had, and no other', async () => {
    const server = await openedUcx();
    const { certfile, keyfile } = await livePaths(server);
    const [certificate, key] = [await readFile(certfile, 'utf8'), await readFile(keyfile, 'utf8')];
    await server.ucx.turn({ refusesNewChain: 'down' });
    await putLive(server, await makeChainedLeaf());
    await restart(server);
    expect(server.ucx.served()).toBeUndefined();
    await writeFile(certfile, certificate);
    await writeFile(keyfile, key);
    await restart(server);
    expect(server.ucx.served()).toBeDefined();
  });

  it('refusesNewChain crashes: comes up with a new set and is gone at the first handshake', async () => {
    const server = await openedUcx();
    await server.ucx.turn({ refusesNewChain: 'crashes' });
    await putLive(server, await makeChainedLeaf());
    await restart(server);
    expect(server.ucx.served()).toBeDefined();
    await look(server.ucx.sitePort).catch(() => undefined);
    await until(() => server.ucx.served() === undefined, 'it has crashed');
    expect(server.ucx.counts().failedStarts).toBe(1);
  });

  it('picksUpFilesMs: takes replaced files over by itself, but not the CA file', async () => {
    const server = await openedUcx();
    const factory = server.ucx.served();
    await server.ucx.turn({ picksUpFilesMs: 40 });
    const leaf = await makeChainedLeaf();
    await putLive(server, leaf);
    await until(() => server.ucx.served() === leaf.fingerprint, 'it has noticed');
    const seen = await look(server.ucx.sitePort);
    expect(seen.fingerprint).not.toBe(factory);
    expect(seen.chain).toHaveLength(1);
    expect(server.ucx.counts().restarts).toBe(0);
  });

  it('picksUpFilesMs: refuses connections while key and certificate do not fit', async () => {
    const server = await openedUcx();
    await server.ucx.turn({ picksUpFilesMs: 1 });
    const leaf = await makeChainedLeaf();
    const { certfile, keyfile } = await livePaths(server);
    await writeFile(certfile, leaf.chainPem);
    await until(
      () =>
        look(server.ucx.sitePort).then(
          () => false,
          () => true,
        ),
      'connections are refused',
    );
    await writeFile(keyfile, leaf.keyPem);
    await until(
      () =>
        look(server.ucx.sitePort).then(
          (seen) => seen.fingerprint === leaf.fingerprint,
          () => false,
        ),
      'it serves again',
    );
  });
});
