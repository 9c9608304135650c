// Who is let in, changed on a server where OpenSSH decides: the contract with our restrictions in force, and the rotation proven on its wire.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SshConnection } from '../../../src/adapters/ssh/ssh-connection.ts';
import { SshServerKeys } from '../../../src/adapters/ssh/ssh-server-keys.ts';
import { authorizedKeyLines, type ServerAccount } from '../../../src/domain/server-account.ts';
import { serverKeysContract } from '../../contracts/server-keys.ts';
import { type Openssh, startOpenssh } from '../../support/openssh.ts';
import { openServerKeysBench, type ServerKeysBench } from '../../support/server-keys-bench.ts';
import { ADDRESS, SITE_PORT, type UcxBench } from '../../support/ucx-bench.ts';

const JUMP_ADDRESS = '203.0.113.20';

const account: ServerAccount = {
  hostname: 'pbx.customer.example',
  account: 'ucxcerts',
  publicKeys: [],
  egress: ['127.0.0.1'],
  loopbackPorts: [SITE_PORT],
  stagingFolder: '/var/lib/ucx-certs',
  serviceGroup: 'asterisk',
  sslConf: '/etc/httpd/conf.d/ssl.conf',
  commands: [],
};

function lineWith(publicKey: string, change: Partial<ServerAccount> = {}): string {
  return authorizedKeyLines({ ...account, publicKeys: [publicKey], ...change })[0] ?? '';
}

const options = lineWith(`ssh-ed25519 ${'A'.repeat(68)}`).split('ssh-ed25519')[0] ?? '';

/** A disk that is full only shows when the file is to get its name: OpenSSH's sessions are not the sandbox's to limit. */
async function fillDisk({ ucx }: UcxBench): Promise<void> {
  await ucx.turn({ diskFull: true });
  await writeFile(join(ucx.root, 'bin/mv'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
}

async function open(): Promise<ServerKeysBench & { readonly openssh: Openssh }> {
  let openssh: Openssh | undefined;
  const opened = await openServerKeysBench({
    options,
    fillDisk,
    moveElsewhere: async () => await openssh?.moveKeys(),
    front: async (ucx, authorizedKey) => {
      const authorizedKeysFile = join(ucx.root, 'home/ucxcerts/.ssh/authorized_keys');
      openssh = await startOpenssh({ authorizedKey, env: ucx.env, authorizedKeysFile });
      return openssh;
    },
  });
  if (openssh === undefined) throw new Error('no sshd');
  return { ...opened, openssh };
}

describe('SshServerKeys over OpenSSH', () => {
  serverKeysContract(async () => (await open()).world);

  it('has the new key restricted as the old one: from our addresses, without a terminal, to no other port', async () => {
    const { bench, world, openssh } = await open();
    onTestFinished(bench.close);
    const privateKeyPem = await world.keys.make('ed25519');
    const server = await world.open();
    await server.admit(lineWith(world.keys.publicHalf(privateKeyPem), { loopbackPorts: [bench.ucx.sitePort] }));
    await server.close();
    const connection = await SshConnection.open({
      network: bench.network,
      target: { host: ADDRESS, port: 22, account: openssh.account, hostKey: openssh.hostKey },
      jump: undefined,
      privateKeyPem,
      timeoutMs: 5_000,
    });
    (await connection.dial(bench.ucx.sitePort)).destroy();
    await expect(connection.dial(bench.ucx.webPort)).rejects.toThrow();
    expect((await connection.run('tty', { timeoutMs: 5_000 })).stdout.trim()).toBe('not a tty');
    await connection.close();
  });

  it('of another address than ours is put there and refused, and the old one goes on', async () => {
    const { bench, world } = await open();
    onTestFinished(bench.close);
    const drawn = await world.keys.make('ed25519');
    const server = await world.open();
    await server.admit(lineWith(world.keys.publicHalf(drawn), { egress: ['198.51.100.7'] }));
    await server.close();
    await expect(world.open({ privateKey: drawn })).rejects.toMatchObject({ name: 'ssh-authentication-refused' });
    await (await world.open()).close();
  });
});

describe('SshServerKeys through a jump host', () => {
  it('goes through it with the key a partner began with, whatever the server behind it lets in', async () => {
    const { bench, world } = await openServerKeysBench();
    onTestFinished(bench.close);
    const jump = await startOpenssh({ authorizedKey: bench.keys.ours.public, env: {} });
    onTestFinished(jump.close);
    bench.network.map(JUMP_ADDRESS, 22, jump.port);
    const drawn = await world.keys.make('ed25519');
    const keys = new SshServerKeys({
      network: bench.network,
      privateKeys: async ({ sshKey }) => (sshKey === undefined ? bench.keys.ours.private : drawn),
      timeoutMs: 5_000,
    });
    const through = { host: JUMP_ADDRESS, port: 22, account: jump.account, hostKey: jump.hostKey };
    const profile = { ...bench.profile, sshPort: bench.ucx.sshPort, jump: through };
    const address = { address: '127.0.0.1', profile, hostKey: bench.hostKey };
    const before = await keys.open(address);
    await before.admit(`${keys.publicHalf(drawn)} ucx-certs`);
    await before.close();
    const after = await keys.open({ ...address, sshKey: { name: 'partners/northwind/ssh-key-2', version: '1' } });
    await after.retire([keys.publicHalf(bench.keys.ours.private)]);
    await after.close();
    expect(await world.lines()).toEqual([`${keys.publicHalf(drawn)} ucx-certs`]);
    expect(await jump.refusals()).toBe(0);
  });
});
