// Pebble, Let's Encrypt's own test authority, started from the machine's package with certificates made here.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeRoot } from './leaves.ts';

export interface PebbleOptions {
  /** Where validation asks, as `127.0.0.1:5353`. */
  readonly dnsServer: string;
  /** Share of nonces refused, in percent. @default 0 */
  readonly nonceRejectPercent?: number;
  /** Share of orders that take over valid authorizations, in percent. @default 50, as Pebble's own */
  readonly reusePercent?: number;
  /** Takes what it writes instead of `output`, which then stays empty: for runs that write a great deal. @default - kept */
  readonly onOutput?: (text: string) => void;
}

export interface Pebble {
  readonly directoryUrl: string;
  /** Of the API's own HTTPS. */
  readonly tlsRootPem: string;
  /** What leaves chain up to; a new one at each start. */
  readonly issuingRootPem: string;
  readonly issuingIntermediatePem: string;
  /** What it wrote, for a test that wants to know why. */
  readonly output: () => string;
  readonly close: () => Promise<void>;
}

const START_MS = 10_000;

/** Somebody else may take a port between our finding it free and Pebble's taking it. */
const ATTEMPTS = 3;

/** Needs `pebble` on the path (Debian: `apt-get install pebble`, done by `.ci/peers`); says so when it is missing. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (attempt === ATTEMPTS || !String(error).includes('pebble ended')) throw error;
    }
  }
}

async function startOnce(options: PebbleOptions): Promise<Pebble> {
  const folder = await mkdtemp(join(tmpdir(), 'pebble-'));
  const tlsRootPem = await writeIdentity(folder);
  const [port, managementPort] = await freePorts();
  const config = join(folder, 'pebble.json');
  await writeFile(config, JSON.stringify({ pebble: settings(folder, port, managementPort) }));
  const child = spawn('pebble', ['-config', config, '-dnsserver', options.dnsServer], {
    env: { ...process.env, ...environment(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const { onOutput = (text: string) => void output.push(text) } = options;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => onOutput(String(chunk)));
  const close = async () => {
    await stop(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const management = `https://localhost:${managementPort}`;
    await listening(child, `${management}/roots/0`, tlsRootPem, output);
    return {
      directoryUrl: `https://localhost:${port}/dir`,
      tlsRootPem,
      issuingRootPem: await fetchPem(`${management}/roots/0`, tlsRootPem),
      issuingIntermediatePem: await fetchPem(`${management}/intermediates/0`, tlsRootPem),
      output: () => output.join(''),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function settings(folder: string, port: number, managementPort: number) {
  return {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: join(folder, 'chain.pem'),
    privateKey: join(folder, 'key.pem'),
    httpPort: 5002,
    tlsPort: 5001,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  };
}

function environment({ nonceRejectPercent = 0, reusePercent = 50 }: PebbleOptions) {
  return {
    PEBBLE_VA_NOSLEEP: '1',
    PEBBLE_WFE_NONCEREJECT: String(nonceRejectPercent),
    PEBBLE_AUTHZREUSE: String(reusePercent),
  };
}

async function writeIdentity(folder: string): Promise<string> {
  const root = await makeRoot();
  const { chainPem, keyPem } = await root.leaf({ names: ['localhost', '127.0.0.1'] });
  await writeFile(join(folder, 'chain.pem'), chainPem);
  await writeFile(join(folder, 'key.pem'), keyPem, { mode: 0o600 });
  return root.pem;
}

/** Pebble takes no port 0; both are held at once so that they differ. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    ports.push(typeof address === 'object' && address ? address.port : 0);
  }
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}

async function listening(child: ChildProcess, url: string, root: string, output: readonly string[]): Promise<void> {
  const ended = new Promise<never>((_, reject) => {
    child.once('error', () => reject(new Error('pebble is not installed: apt-get install pebble, or run .ci/peers')));
    child.once('exit', (code) => reject(new Error(`pebble ended with ${code}: ${output.join('').slice(-500)}`)));
  });
  const endsAt = performance.now() + START_MS;
  const answers = async () => {
    for (;;) {
      try {
        return await fetchPem(url, root);
      } catch (error) {
        if (performance.now() > endsAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  await Promise.race([answers(), ended]);
}

async function fetchPem(url: string, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { ca, agent: false, timeout: 2000 }, (response) => text(response).then(resolve, reject))
    .on('error', reject)
    .end();
  return await promise;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
