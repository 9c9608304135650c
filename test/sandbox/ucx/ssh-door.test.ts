// The sandbox UCx's sshd lets one key in, runs its commands, and is as unfriendly as the dials say.

import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import type { AnyAuthMethod, AuthMethod, Client, ClientChannel, ConnectConfig } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSshKeys } from '../../../src/sandbox/ucx/ssh-host-key.ts';
import { type OpenUcx, openedUcx, run, until, visit } from '../../support/ucx-visitor.ts';

const clients: Client[] = [];

async function visited(server: OpenUcx, config: ConnectConfig = {}): Promise<Client> {
  const client = await visit(server, config);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

afterEach(() => {
  for (const client of clients.splice(0)) client.end();
});

function forward(client: Client, host: string, port: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 1, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

describe('sshd of the sandbox UCx', () => {
  it('shows its host key', async () => {
    const server = await openedUcx();
    expect(await shownHostKey(server)).toBe(server.ucx.hostKey);
  });

  it('runs a command in the home of the account and gives back its output and exit code', async () => {
    const server = await openedUcx();
    const client = await visited(server);
    const command = 'pwd; echo "$USER"; cat >&2; command -v service; hostname; exit 7';
    const { exitCode, stdout, stderr } = await run(client, command, 'from stdin');
    const { root } = server.ucx;
    expect(stdout.split('\n')).toEqual([
      join(root, 'home/ucxcerts'),
      'ucxcerts',
      join(root, 'bin/service'),
      'pbx.northwind.test',
      '',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 7, stderr: 'from stdin' });
  });

  it('says by which signal a command ended', async () => {
    const client = await visited(await openedUcx());
    expect((await run(client, 'kill -9 $$')).exitCode).toBeUndefined();
  });

  it('carries large output whole', async () => {
    const client = await visited(await openedUcx());
    expect((await run(client, 'head -c 3000000 /dev/zero')).stdout).toHaveLength(3_000_000);
  });

  it('notes logins, refusals and commands in a log without line breaks of others', async () => {
    const server = await openedUcx();
    await run(await visited(server), "echo 'a\nroot login'");
    const log = await readFile(join(server.ucx.root, 'var/log/secure'), 'utf8');
    expect(log).toMatch(/^\S+ sshd: accepted publickey for ucxcerts from 127\.0\.0\.1$/m);
    expect(log).toMatch(/^\S+ sshd: ucxcerts runs: echo 'a root login'$/m);
  });

  it('lets a detached child outlive its channel and its connection', async () => {
    const server = await openedUcx();
    const client = await visited(server);
    await run(client, '(sleep 60 </dev/null >/dev/null 2>&1 &)');
    client.end();
    server.ucx.cutSsh();
    await until(() => server.ucx.processes().join() === 'sleep 60', 'only the child is left');
  });

  it.each([
    {
      what: 'another key',
      config: () => auth({ type: 'publickey', username: 'ucxcerts', key: makeSshKeys().private }),
    },
    { what: 'a password', config: () => auth({ type: 'password', username: 'ucxcerts', password: 'secret' }) },
    { what: 'nothing', config: () => auth({ type: 'none', username: 'ucxcerts' }) },
    {
      what: 'answers to questions',
      config: () => auth({ type: 'keyboard-interactive', username: 'ucxcerts', prompt: () => undefined }),
    },
  ])('refuses and counts $what', async ({ config }) => {
    const server = await openedUcx();
    await expect(visit(server, config())).rejects.toThrow(/authentication/);
    expect(server.ucx.counts()).toMatchObject({ sshAuthFailures: 1, sshLogins: 0 });
  });

  it('refuses the right key for another account', async () => {
    const server = await openedUcx();
    const config = auth({ type: 'publickey', username: 'root', key: server.privateKey });
    await expect(visit(server, { ...config, username: 'root' })).rejects.toThrow(/authentication/);
  });

  it('turns an address away for a day after six refused attempts, also after a restart of the sandbox', async () => {
    let now = new Date('2026-11-23T10:00:00Z');
    const server = await openedUcx({ now: () => now });
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await expect(visit(server, auth({ type: 'none', username: 'ucxcerts' }))).rejects.toThrow();
    }
    await expect(visit(server)).rejects.toThrow();
    expect(server.ucx.counts()).toMatchObject({ sshAuthFailures: 6, sshBlocked: 1 });
    await server.ucx.close();
    const again = await openedUcx({ now: () => now, folder: server.folder });
    await expect(visit(again)).rejects.toThrow();
    now = new Date('2026-11-24T10:00:01Z');
    await visited(again);
  });

  it('forwards to the site port by the name it has outside, and to nothing else', async () => {
    const server = await openedUcx();
    const client = await visited(server);
    const channel = await forward(client, '127.0.0.1', 21_326);
    const tls = tlsConnect({ socket: channel, rejectUnauthorized: false });
    await new Promise((resolve) => tls.once('secureConnect', resolve));
    tls.destroy();
    await expect(forward(client, '127.0.0.1', server.ucx.sshPort)).rejects.toThrow();
    await expect(forward(client, '192.168.1.1', 21_326)).rejects.toThrow();
  });

  it('refuses to forward while InfinityOne does not listen', async () => {
    const server = await openedUcx();
    const client = await visited(server);
    await run(client, 'service infinity_one stop');
    const reached = forward(client, '127.0.0.1', 21_326).then(
      (channel) => new Promise((resolve) => channel.on('close', () => resolve('closed')).resume()),
      () => 'refused',
    );
    expect(['closed', 'refused']).toContain(await reached);
  });

  it('gives no terminal', async () => {
    const client = await visited(await openedUcx());
    await expect(
      new Promise((resolve, reject) => client.shell((error) => (error ? reject(error) : resolve(1)))),
    ).rejects.toThrow();
  });
});

describe('dials of SSH', () => {
  it('hostKeyChanged: shows another key, and the old one when turned back', async () => {
    const server = await openedUcx();
    const before = server.ucx.hostKey;
    await server.ucx.turn({ hostKeyChanged: true });
    expect(server.ucx.hostKey).not.toBe(before);
    expect(await shownHostKey(server)).toBe(server.ucx.hostKey);
    await server.ucx.turn({ hostKeyChanged: false });
    expect(await shownHostKey(server)).toBe(before);
  });

  it('sshRefuses: the right key is refused', async () => {
    const server = await openedUcx({ dials: { sshRefuses: true } });
    await expect(visit(server)).rejects.toThrow(/authentication/);
    expect(server.ucx.counts().sshAuthFailures).toBe(1);
  });

  it('sshUnreachable refused: nothing listens, and later the same port does again', async () => {
    const server = await openedUcx();
    await server.ucx.turn({ sshUnreachable: 'refused' });
    await expect(visit(server)).rejects.toThrow(/ECONNREFUSED/);
    await server.ucx.turn({ sshUnreachable: 'no' });
    await visited(server);
  });

  it('sshUnreachable silent: the connection stands and nothing comes', async () => {
    const server = await openedUcx();
    await server.ucx.turn({ sshUnreachable: 'silent' });
    const socket = connect(server.ucx.sshPort, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    await expect(visit(server, { readyTimeout: 100 })).rejects.toThrow(/[Tt]imed out/);
    expect(socket.bytesRead).toBe(0);
    socket.destroy();
  });

  it('slowMs: a command takes longer than without', async () => {
    const server = await openedUcx();
    const client = await visited(server);
    await server.ucx.turn({ slowMs: 150 });
    const before = performance.now();
    expect((await run(client, 'echo late')).stdout).toBe('late\n');
    expect(performance.now() - before).toBeGreaterThan(300);
  });

  it('cutSshAfterBytes: ends one connection in the middle, and only one', async () => {
    const server = await openedUcx();
    const client = await visited(server);
    await server.ucx.turn({ cutSshAfterBytes: 100_000 });
    await expect(run(client, 'head -c 1000000 /dev/zero')).rejects.toThrow('connection lost');
    expect((await run(await visited(server), 'head -c 1000000 /dev/zero')).stdout).toHaveLength(1_000_000);
  });

  it('cutSshAfterCommands: the connection is gone, the command goes on', async () => {
    const server = await openedUcx();
    const client = await visited(server);
    await server.ucx.turn({ cutSshAfterCommands: 2 });
    await run(client, 'true');
    const marker = join(server.ucx.root, 'tmp/marker');
    await expect(run(client, `sleep 0.1; echo done > ${marker}`)).rejects.toThrow('connection lost');
    await until(
      () =>
        readFile(marker).then(
          () => true,
          () => false,
        ),
      'the command is through',
    );
    await visited(server);
  });

  it('cut-ssh, called on the server, cuts all connections and lets the caller run on', async () => {
    const server = await openedUcx();
    const [one, other] = [await visited(server), await visited(server)];
    const otherEnd = run(other, 'sleep 60');
    const marker = join(server.ucx.root, 'tmp/marker');
    const lost = [expect(otherEnd).rejects.toThrow('connection lost')];
    lost.push(expect(run(one, `cut-ssh; echo done > ${marker}`)).rejects.toThrow('connection lost'));
    await Promise.all(lost);
    await until(
      () =>
        readFile(marker).then(
          () => true,
          () => false,
        ),
      'the caller is through',
    );
  });
});

/** As a client sees it before it is let in. */
async function shownHostKey(server: OpenUcx): Promise<string> {
  let seen = '';
  await visited(server, {
    hostHash: 'sha256',
    hostVerifier: (hash: string) => {
      seen = `SHA256:${Buffer.from(hash, 'hex').toString('base64').replace(/=+$/, '')}`;
      return true;
    },
  });
  return seen;
}

function auth(method: AnyAuthMethod): ConnectConfig {
  const methods: AuthMethod[] = [method];
  return { authHandler: methods };
}
