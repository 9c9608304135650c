// BIND on loopback: one server with zones signed well, badly and not at all, and two resolvers that validate them.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DnsEndpoint, exchange } from '../../src/adapters/dns/dns-exchange.ts';

const run = promisify(execFile);

/** `expired`: every signature is out of date. `changed`: one record is another than was signed. */
export type Signing = 'good' | 'expired' | 'changed' | 'none';

export interface Bind9 {
  readonly authority: DnsEndpoint;
  readonly resolvers: readonly [DnsEndpoint, DnsEndpoint];
  close(): Promise<void>;
}

const READY_MS = 20_000;

/** Zones by name; each holds its signing's story: an address, a TXT record and what `records` adds. */
export async function startBind9(
  zones: Readonly<Record<string, { readonly signing: Signing; readonly records?: readonly string[] }>>,
): Promise<Bind9> {
  const folder = await mkdtemp(join(tmpdir(), 'bind9-'));
  const running: ChildProcess[] = [];
  const close = async () => {
    await Promise.all(running.map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const anchors: string[] = [];
    const served = [{ name: 'test', file: await writeZone(folder, 'test', []) }];
    for (const [name, { signing, records = [] }] of Object.entries(zones)) {
      const plain = await writeZone(folder, name, records);
      if (signing === 'none') served.push({ name, file: plain });
      else {
        const { file, anchor } = await sign(folder, name, signing);
        served.push({ name, file });
        anchors.push(anchor);
      }
    }
    const zoneLines = served.map(({ name, file }) => `zone "${name}" { type primary; file "${file}"; };`);
    const start = async (role: string, lines: (port: number) => readonly string[]) => {
      const endpoint = { address: '127.0.0.1', port: await freePort() };
      const config = join(folder, `${role}.conf`);
      await mkdir(join(folder, role));
      await writeFile(config, [...lines(endpoint.port), 'controls {};', ''].join('\n'));
      running.push(await startNamed(config, endpoint));
      return endpoint;
    };
    const options = (role: string, port: number, more: string) =>
      `options { directory "${join(folder, role)}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none; empty-zones-enable no; ${more} };`;
    const authority = await start('authority', (port) => [options('authority', port, 'recursion no;'), ...zoneLines]);
    const forward = `forward only; forwarders { 127.0.0.1 port ${authority.port}; }; recursion yes; dnssec-validation yes;`;
    const resolver = (role: string) =>
      start(role, (port) => [options(role, port, forward), `trust-anchors { ${anchors.join(' ')} };`]);
    const resolvers = [await resolver('resolver-1'), await resolver('resolver-2')] as const;
    return { authority, resolvers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function writeZone(folder: string, name: string, records: readonly string[]): Promise<string> {
  const file = join(folder, `${name}.zone`);
  const lines = [
    '$TTL 60',
    '@ SOA ns.invalid. ops.invalid. 1 7200 900 1209600 60',
    '@ NS ns.invalid.',
    'pbx A 203.0.113.10',
    '_acme-challenge.pbx TXT "as it was signed"',
    ...records,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

async function sign(folder: string, name: string, signing: Signing): Promise<{ file: string; anchor: string }> {
  const keys = join(folder, `${name}-keys`);
  await mkdir(keys);
  await run('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', '-K', keys, name]);
  await run('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-K', keys, name]);
  const file = join(folder, `${name}.signed`);
  const validity = signing === 'expired' ? ['-s', '20200101000000', '-e', '20200201000000'] : [];
  await run(
    'dnssec-signzone',
    ['-S', '-P', ...validity, '-K', keys, '-o', name, '-f', file, join(folder, `${name}.zone`)],
    {
      cwd: folder,
    },
  );
  if (signing === 'changed') {
    const signed = await readFile(file, 'utf8');
    await writeFile(file, signed.replace('as it was signed', 'as it was not signed'));
  }
  const texts = await Promise.all(
    (await readdir(keys)).filter((each) => each.endsWith('.key')).map((each) => readFile(join(keys, each), 'utf8')),
  );
  const [, key = ''] = /DNSKEY 257 3 13 (.+)/.exec(texts.join('\n')) ?? [];
  return { file, anchor: `"${name}." static-key 257 3 13 "${key.trim()}";` };
}

/** In the foreground, so that it ends with us; resolves when it answers. */
async function startNamed(config: string, endpoint: DnsEndpoint): Promise<ChildProcess> {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  const child = spawn('named', ['-g', '-4', '-n', '1', '-c', config], { env: { ...process.env, PATH: path } });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4000);
  });
  for (const endsAtMs = performance.now() + READY_MS; performance.now() < endsAtMs; ) {
    if (child.exitCode !== null) throw new Error(`named ended: ${said}`);
    if (await exchange(endpoint, { name: 'test', type: 'SOA', recursion: 'checking' }, 200)) return child;
  }
  await end(child);
  throw new Error(`named does not answer: ${said}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Free for TCP; named binds UDP to the same one, and says so when it cannot. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
