// The peers that are programs of Debian's: lego and certbot, a process for each certificate, with hooks that put up the TXT record.

import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TxtServer } from '../test/support/txt-server.ts';
import type { AuthorityOfBench, Issuer } from './issue-world.ts';

const run = promisify(execFile);

export interface Programs {
  readonly lego: Issuer;
  readonly certbot: Issuer;
  readonly close: () => Promise<void>;
}

/** Their accounts stand when it resolves; both keep all their own defaults of pace. */
export async function openPrograms(authority: AuthorityOfBench, dns: TxtServer): Promise<Programs> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-issue-'));
  const hooks = await listenForHooks(dns);
  const roots = join(folder, 'roots.pem');
  await writeFile(roots, authority.tlsRootPem);
  const put = `curl -s -G "http://127.0.0.1:${hooks.port}/"`;
  const legoHook = join(folder, 'lego-hook');
  await writeFile(legoHook, `#!/bin/sh\n${put} -d "do=$1" --data-urlencode "name=$2" --data-urlencode "value=$3"\n`);
  await chmod(legoHook, 0o755);
  const certbotHook = `${put} -d do=present --data-urlencode "name=_acme-challenge.$CERTBOT_DOMAIN." --data-urlencode "value=$CERTBOT_VALIDATION"`;

  const lego = async (name: string) => {
    const own = ['--server', authority.directoryUrl, '--path', join(folder, 'lego'), '--email', 'ops@bench.test'];
    const dnsFlags = ['--dns', 'exec', '--dns.disable-cp', '--dns.resolvers', dns.address];
    await run('lego', [...own, '--accept-tos', '--key-type', 'ec256', ...dnsFlags, '--domains', name, 'run'], {
      env: { ...process.env, LEGO_CA_CERTIFICATES: roots, EXEC_PATH: legoHook },
    });
  };
  const certbot = async (name: string) => {
    const folders = ['config', 'work', 'logs'].flatMap((kind) => [`--${kind}-dir`, join(folder, `certbot-${kind}`)]);
    const own = ['certonly', '-n', '--agree-tos', '--email', 'ops@bench.test', '--server', authority.directoryUrl];
    const manual = ['--manual', '--preferred-challenges', 'dns', '--manual-auth-hook', certbotHook];
    await run('certbot', [...own, ...folders, ...manual, '--key-type', 'ecdsa', '-d', name], {
      env: { ...process.env, REQUESTS_CA_BUNDLE: roots },
    });
  };
  await mkdir(join(folder, 'lego'));
  return {
    lego: { name: 'lego', issue: lego },
    certbot: { name: 'certbot', issue: certbot },
    close: async () => {
      hooks.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the hooks call: `/?do=present&name=…&value=…`. */
async function listenForHooks(dns: TxtServer): Promise<{ readonly port: number; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://hooks.test').searchParams;
    const name = (asked.get('name') ?? '').replace(/\.$/, '');
    dns.setTxt(name, asked.get('do') === 'present' ? [asked.get('value') ?? ''] : []);
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => server.close() };
}
