// The set-up script of our account before those who judge it: three shells, visudo, and an OpenSSH that lets the key do what we need and no more.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  authorizedKeyLines,
  type ServerAccount,
  serverSetupScript,
  sudoersLines,
} from '../../../src/domain/server-account.ts';
import { startOpenssh } from '../../support/openssh.ts';
import { openConnectionBench, openUcxBench, SITE_PORT } from '../../support/ucx-bench.ts';

const run = promisify(execFile);
const account: ServerAccount = {
  hostname: 'pbx.customer.example',
  account: 'ucxcerts',
  publicKeys: [`ssh-ed25519 ${'A'.repeat(68)}`],
  egress: ['127.0.0.1'],
  loopbackPorts: [SITE_PORT],
  stagingFolder: '/var/lib/ucx-certs',
  serviceGroup: 'asterisk',
  sslConf: '/etc/httpd/conf.d/ssl.conf',
  commands: ['sudo -n /sbin/service infinity_one restart', 'sudo -n /usr/sbin/httpd -t'],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'server-account-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the script', () => {
  it.each([
    ['dash', '-n'],
    ['bash', '-n'],
    ['busybox', 'sh', '-n'],
  ])('is POSIX sh to %s', async (...shell) => {
    const file = join(folder, 'setup.sh');
    await writeFile(file, serverSetupScript(account));
    const [program = '', ...words] = shell;
    await run(program, [...words, file]);
  });

  it('has sudoers that visudo accepts', async () => {
    const file = join(folder, 'sudoers');
    await writeFile(file, `${sudoersLines(account).join('\n')}\n`);
    await chmod(file, 0o440);
    expect((await run('visudo', ['-cf', file])).stdout).toContain('parsed OK');
  });
});

describe('the line for authorized_keys', () => {
  /** OpenSSH in front of a UCx, with our line as it is or changed. */
  const front =
    (change: Partial<ServerAccount>) =>
    async (
      ucx: { readonly env: Readonly<Record<string, string>>; readonly sitePort: number },
      authorizedKey: string,
    ) => {
      const publicKeys = [authorizedKey.split(' ').slice(0, 2).join(' ')];
      const [line = ''] = authorizedKeyLines({ ...account, publicKeys, loopbackPorts: [ucx.sitePort], ...change });
      return await startOpenssh({ authorizedKey: line, env: ucx.env });
    };

  it('lets our adapter run commands, move files and read the site port, and forwards nowhere else', async () => {
    const bench = await openUcxBench({ front: front({}) });
    try {
      const appliance = await bench.world.open();
      await appliance.stage(await bench.world.makeSet());
      const stream = await appliance.dial(bench.ucx.sitePort);
      stream.destroy();
      await expect(appliance.dial(bench.ucx.webPort)).rejects.toThrow();
      await appliance.close();
    } finally {
      await bench.close();
    }
  });

  it('is worth nothing from another address', async () => {
    await expect(openConnectionBench({ front: front({ egress: ['198.51.100.7'] }) })).rejects.toMatchObject({
      name: 'ssh-authentication-refused',
    });
  });
});
