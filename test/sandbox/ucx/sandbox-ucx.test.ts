// The sandbox UCx as a machine: it keeps its disk, loses its processes with its power, and is seen from outside through its router.

import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ServerProcesses } from '../../../src/sandbox/ucx/server-processes.ts';
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

describe('a sandbox UCx', () => {
  it('has the paths of its profile inside its own tree, and a key that the world cannot read', async () => {
    const server = await openedUcx();
    const { profile, root } = server.ucx;
    const { certfile, keyfile, cacertfile } = await livePaths(server);
    for (const path of [profile.sslConf, profile.stagingFolder, certfile, keyfile, cacertfile]) {
      expect(path.startsWith(`${root}/`)).toBe(true);
      await stat(path);
    }
    expect((await stat(keyfile)).mode & 0o777).toBe(0o640);
    expect(profile).toMatchObject({ account: 'ucxcerts', sshPort: server.ucx.sshPort, jump: undefined });
  });

  it.each([
    { caFile: true, chainFile: true },
    { caFile: false, chainFile: false },
  ])('names a CA file: $caFile, a chain file: $chainFile', async ({ caFile, chainFile }) => {
    const { ucx } = await openedUcx({ caFile, chainFile });
    const sslConf = await readFile(ucx.profile.sslConf, 'utf8');
    expect(/^SSLCACertificateFile/m.test(sslConf)).toBe(caFile);
    expect(/^SSLCertificateChainFile/m.test(sslConf)).toBe(chainFile);
  });

  it('makes a factory set of its own when none is given', async () => {
    const { ucx } = await openedUcx({ factorySet: undefined as never });
    expect((await look(ucx.sitePort)).chain).toEqual(['localhost.localdomain']);
  });

  it('keeps host key, certificate, counts and calls over a restart of the sandbox', async () => {
    const server = await openedUcx();
    const leaf = await makeChainedLeaf();
    await putLive(server, leaf);
    const { hostKey } = server.ucx;
    await server.ucx.close();
    const again = await openedUcx({ folder: server.folder });
    expect(again.ucx.hostKey).toBe(hostKey);
    expect(again.ucx.served()).toBe(leaf.fingerprint);
    expect(again.ucx.counts()).toMatchObject({ boots: 2, starts: 2, restarts: 0 });
  });

  it('loses all its processes in a reboot and starts InfinityOne by itself', async () => {
    const server = await openedUcx({ dials: { bootMs: 60, restartMs: 60 } });
    const client = await visit(server);
    await run(client, 'setsid sleep 61 </dev/null >/dev/null 2>&1 & (sleep 62 </dev/null >/dev/null 2>&1 &)');
    const running = (): string => [...server.ucx.processes()].sort().join();
    await until(() => running() === 'sleep 61,sleep 62', 'both have become what they are');
    server.ucx.setCalls(2);
    const rebooted = server.ucx.reboot();
    expect(server.ucx.processes()).toEqual([]);
    expect(server.ucx.served()).toBeUndefined();
    await expect(visit(server)).rejects.toThrow();
    await rebooted;
    expect(server.ucx.served()).toBeDefined();
    expect(server.ucx.counts()).toMatchObject({ boots: 2, restarts: 0, callsDropped: 2 });
    (await visit(server)).end();
  });

  it('reboots by its own command, and whoever asked gets not one line further', async () => {
    const server = await openedUcx();
    const client = await visit(server);
    const marker = join(server.ucx.root, 'tmp/marker');
    await expect(run(client, `reboot-now; echo survived > ${marker}`)).rejects.toThrow('connection lost');
    await until(() => server.ucx.counts().boots === 2 && server.ucx.served() !== undefined, 'it is back');
    await expect(stat(marker)).rejects.toThrow();
  });

  it('loses its processes at once when the sandbox is killed, and goes on from its disk afterwards', async () => {
    const server = await openedUcx();
    await server.ucx.close();
    const child = await startElsewhere(server);
    const mark = await readFile(join(server.folder, 'machine/power'), 'utf8');
    const left = new ServerProcesses(mark, {});
    expect(left.list().map(({ command }) => command)).toEqual(['sleep 64']);
    child.kill('SIGKILL');
    await until(() => left.list().length === 0, 'its processes are gone');
    const again = await openedUcx({ folder: server.folder });
    expect(again.ucx.counts()).toMatchObject({ boots: 3, restarts: 1 });
  });

  it('knows its own commands without SSH, in a shell with its environment', async () => {
    const { ucx } = await openedUcx();
    ucx.setCalls(5);
    const child = spawn('sh', ['-c', 'service infinity_one status && asterisk-calls'], { env: ucx.env });
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(stdout).toBe('infinity_one is running\npong\n5\n');
  });

  it('refuses a service and an action it does not have', async () => {
    const server = await openedUcx();
    const client = await visit(server);
    expect((await run(client, 'service httpd restart')).exitCode).toBe(1);
    expect((await run(client, 'service infinity_one reload')).exitCode).toBe(2);
    client.end();
  });

  it('shows its certificate to openssl at the port everybody calls it by', async () => {
    const server = await openedUcx();
    const client = await visit(server);
    const command = 'openssl s_client -connect 127.0.0.1:21326 -servername x -showcerts </dev/null 2>/dev/null';
    expect((await run(client, command)).stdout).toContain('localhost.localdomain');
    client.end();
  });

  it('leaves no port and no process behind when it is closed', async () => {
    const server = await openedUcx();
    const { ucx } = server;
    await run(await visit(server), '(sleep 63 </dev/null >/dev/null 2>&1 &)');
    await ucx.close();
    expect(ucx.processes()).toEqual([]);
    for (const port of [ucx.sshPort, ucx.sitePort, ucx.outsidePort]) await listenOnce(port);
  });
});

describe('a sandbox UCx from outside', () => {
  it('shows the same certificate as inside', async () => {
    const { ucx } = await openedUcx();
    expect((await look(ucx.outsidePort)).fingerprint).toBe(ucx.served());
  });

  it('dials: unreachableOutside refuses connections, while inside all is well', async () => {
    const { ucx } = await openedUcx();
    await ucx.turn({ unreachableOutside: true });
    await expect(look(ucx.outsidePort)).rejects.toThrow(/ECONNREFUSED/);
    expect((await look(ucx.sitePort)).fingerprint).toBe(ucx.served());
    await ucx.turn({ unreachableOutside: false });
    expect((await look(ucx.outsidePort)).fingerprint).toBe(ucx.served());
  });

  it('dials: otherServerOutside shows the certificate of another machine', async () => {
    const { ucx } = await openedUcx();
    await ucx.turn({ otherServerOutside: true });
    expect((await look(ucx.outsidePort)).chain).toEqual(['router.lan']);
    await ucx.turn({ otherServerOutside: false });
    expect((await look(ucx.outsidePort)).fingerprint).toBe(ucx.served());
  });

  it('cannot be reached while InfinityOne is down', async () => {
    const { ucx } = await openedUcx({ dials: { restartFails: 'always' } });
    await expect(look(ucx.outsidePort)).rejects.toThrow();
  });
});

/** A sandbox in a process of its own, in which something runs on the server and InfinityOne was restarted once. */
async function startElsewhere({ folder, authorizedKey }: OpenUcx): Promise<ReturnType<typeof spawn>> {
  const program = `
    import { spawn } from 'node:child_process';
    import { SandboxUcx } from ${JSON.stringify(new URL('../../../src/sandbox/ucx/sandbox-ucx.ts', import.meta.url).href)};
    const ucx = await SandboxUcx.start({ folder: ${JSON.stringify(folder)}, hostname: 'pbx', authorizedKey: ${JSON.stringify(authorizedKey)}, dials: { restartMs: 1 } });
    const service = spawn('sh', ['-c', 'service infinity_one restart'], { env: ucx.env });
    await new Promise((resolve) => service.once('close', resolve));
    const child = spawn('sleep', ['64'], { env: ucx.env, detached: true, stdio: 'ignore' });
    await new Promise((resolve) => child.once('spawn', resolve));
    console.log('started');
    setInterval(() => undefined, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the other sandbox ended')));
  });
  return child;
}

async function listenOnce(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve()));
  await new Promise((resolve) => server.close(resolve));
}
