// The activation against a real Apache on the same files, configured as on EL6, EL7 and today: it loads what we leave there at every turn, and serves it.

import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { parseSslConf } from '../../../src/adapters/ssh/ssl-conf.ts';
import { activationRun } from '../../support/activation-run.ts';
import type { Leaf } from '../../support/leaves.ts';
import { openUcxBench, SERVER_NAME } from '../../support/ucx-bench.ts';

const run = promisify(execFile);
const PATIENCE = { timeout: 30_000, interval: 100 };
const MODULES = '/usr/lib/apache2/modules';

/** As the three generations write their ssl.conf; the directives that name files come from the server's own. */
const STYLES = {
  EL6: 'SSLMutex default\nSSLCipherSuite ALL:!ADH:!EXPORT:!SSLv2:RC4+RSA:+HIGH:+MEDIUM:+LOW\n',
  EL7: 'SSLCipherSuite HIGH:3DES:!aNULL:!MD5:!SEED:!IDEA\n',
  today: 'SSLCipherSuite PROFILE=SYSTEM\nSSLHonorCipherOrder on\n',
} as const;
type Style = keyof typeof STYLES;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A site with its Apache running, for as long as the test does. */
async function site({ onTestFinished }: TestContext, style: Style) {
  const chainFile = style !== 'today';
  const bench = await openUcxBench({ ucx: { chainFile, caFile: style === 'EL7' } });
  onTestFinished(() => bench.close());
  const folder = join(bench.ucx.root, 'apache');
  await mkdir(folder);
  const port = await freePort();
  const paths = parseSslConf(await readFile(bench.profile.sslConf, 'utf8'), 'ssl.conf');
  const conf = join(folder, 'httpd.conf');
  await writeFile(conf, configuration({ style, folder, port, paths }));
  const apache = (...words: string[]) => run('apache2', ['-f', conf, ...words]);
  await apache('-k', 'start');
  onTestFinished(async () => {
    await apache('-k', 'stop').catch(() => undefined);
  });
  const profile = {
    ...bench.profile,
    commands: {
      ...bench.profile.commands,
      web: { check: `apache2 -t -f ${conf}`, reload: `apache2 -k graceful -f ${conf}`, port },
    },
  };
  const connect = () => bench.appliances().open({ address: '203.0.113.10', profile, hostKey: bench.hostKey });
  let appliance = await connect();
  const open = async () => {
    appliance = await connect();
  };
  const leaf = (await bench.world.makeSet()) as Leaf;
  await appliance.stage(leaf);
  const { reach, settle } = activationRun(() => appliance, leaf.fingerprint);
  const inspect = () => appliance.inspect();
  return { bench, paths, leaf, port, apache, inspect, open, reach, settle };
}

function configuration({
  style,
  folder,
  port,
  paths,
}: {
  readonly style: Style;
  readonly folder: string;
  readonly port: number;
  readonly paths: ReturnType<typeof parseSslConf>;
}): string {
  // What 2.4 does not know any more of EL6's, or Debian's OpenSSL of Red Hat's, is left out as an update of the package does.
  const own = STYLES[style]
    .replace(/^SSLMutex.*\n/m, '')
    .replace('PROFILE=SYSTEM', 'DEFAULT')
    .replace(/RC4\S*/, 'HIGH');
  return `ServerRoot ${folder}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
ServerName ${SERVER_NAME}
Mutex file:${folder}
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule ssl_module ${MODULES}/mod_ssl.so
User www-data
Group www-data
DocumentRoot ${folder}
Listen 127.0.0.1:${port}
<VirtualHost _default_:${port}>
SSLEngine on
${own}SSLCertificateFile ${paths.certificate}
SSLCertificateKeyFile ${paths.key}
${paths.chain === undefined ? '' : `SSLCertificateChainFile ${paths.chain}\n`}${paths.ca === undefined ? '' : `SSLCACertificateFile ${paths.ca}\n`}</VirtualHost>
`;
}

/** Certificates as sent, PEM. */
async function sent(port: number): Promise<readonly string[]> {
  const child = spawn('openssl', [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    '-servername',
    SERVER_NAME,
    '-showcerts',
  ]);
  child.stdin.end();
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
}

const bare = (pem: string) => pem.replaceAll(/\s+/g, '');

describe.each(['EL6', 'EL7', 'today'] as const)('Apache with an ssl.conf as of %s', (style) => {
  it('serves leaf and intermediate after the graceful reload, and what it had after a roll-back', async (context) => {
    const { bench, leaf, port, inspect, reach, settle } = await site(context, style);
    const [factory = ''] = await sent(port);
    await reach('awaiting-commit');
    expect((await inspect()).activation.web).toBe('reloaded');
    const served = async () => (await sent(port)).map(bare);
    await expect.poll(served, PATIENCE).toContain(bare(leaf.leafPem));
    expect(await served()).toContain(bare(bench.issuer.pem));
    await settle('restore', 'restored');
    await expect.poll(async () => (await served())[0], PATIENCE).toBe(bare(factory));
  });

  it('finds files that fit at a later log rotation, also after the power went in the middle', async (context) => {
    const { bench, leaf, port, apache, open, reach } = await site(context, style);
    await bench.ucx.turn({ restartMs: 1_500 });
    await reach('restarting');
    await bench.ucx.reboot();
    // As logrotate does: the check first, then the graceful reload.
    const rotate = async () => {
      await apache('-t');
      await apache('-k', 'graceful');
      await expect.poll(async () => (await sent(port)).length, PATIENCE).toBeGreaterThan(0);
    };
    await rotate();
    await open();
    await reach('awaiting-commit');
    await rotate();
    expect((await sent(port)).map(bare)).toContain(bare(leaf.leafPem));
  });
});

it('the chain file of an old Apache holds what it takes to verify the leaf from it alone', async (context) => {
  const { bench, paths, leaf, reach } = await site(context, 'EL6');
  await reach('awaiting-commit');
  const folder = join(bench.ucx.root, 'apache');
  const [leafFile, rootFile] = [join(folder, 'leaf.pem'), join(folder, 'root.pem')];
  await writeFile(leafFile, leaf.leafPem);
  await writeFile(rootFile, bench.rootPem);
  const { stdout } = await run('openssl', ['verify', '-CAfile', rootFile, '-untrusted', paths.chain ?? '', leafFile]);
  expect(stdout).toContain(': OK');
});
