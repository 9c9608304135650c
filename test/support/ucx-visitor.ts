// A sandbox UCx in a folder of its own, and a plain ssh2 client that visits it, for tests of both sides.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PeerCertificate, connect as tlsConnect } from 'node:tls';
import ssh2, { type Client, type ConnectConfig, type PublicKeyAuthMethod, type SFTPWrapper } from 'ssh2';
import { onTestFinished } from 'vitest';
import { SandboxUcx, type SandboxUcxOptions } from '../../src/sandbox/ucx/sandbox-ucx.ts';
import { type ServicePaths, servicePaths } from '../../src/sandbox/ucx/service-files.ts';
import { makeSshKeys } from '../../src/sandbox/ucx/ssh-host-key.ts';
import { type Leaf, makeRoot } from './leaves.ts';

export const UCX_HOSTNAME = 'pbx.northwind.test';

export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface OpenUcx {
  readonly ucx: SandboxUcx;
  readonly folder: string;
  /** OpenSSH private key the server lets in. */
  readonly privateKey: string;
  readonly authorizedKey: string;
  close(): Promise<void>;
}

/** The account's key, made once per file of tests. */
const accountKeys = makeSshKeys();

/** Open until the test that asked for it is over. */
export async function openedUcx(options: Partial<SandboxUcxOptions> = {}): Promise<OpenUcx> {
  const server = await openUcx(options);
  onTestFinished(() => server.close());
  return server;
}

/** Quick to restart and to boot, so that tests are. */
export async function openUcx(options: Partial<SandboxUcxOptions> = {}): Promise<OpenUcx> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'ucx-')));
  const ucx = await SandboxUcx.start({
    hostname: UCX_HOSTNAME,
    authorizedKey: accountKeys.public,
    factorySet: await factorySet(),
    ...options,
    folder,
    dials: { restartMs: 20, bootMs: 20, ...options.dials },
  });
  return {
    ucx,
    folder,
    privateKey: accountKeys.private,
    authorizedKey: accountKeys.public,
    async close() {
      await ucx.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when it is let in; only the account's key is offered unless `config` says otherwise. */
export function visit({ ucx, privateKey }: OpenUcx, config: ConnectConfig = {}): Promise<Client> {
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  client.on('ready', () => resolve(client));
  client.on('error', reject);
  client.on('close', () => reject(new Error('closed')));
  const username = ucx.profile.account;
  // ssh2 by itself would begin with `none`
  const offers: PublicKeyAuthMethod[] = [{ type: 'publickey', username, key: privateKey }];
  client.on('connect', () => client.setNoDelay(true));
  client.connect({
    host: '127.0.0.1',
    port: ucx.sshPort,
    username,
    authHandler: offers,
    readyTimeout: 5_000,
    ...config,
  });
  return promise;
}

/** Output and exit code; an error if the connection ends before the command does. */
export function run(client: Client, command: string, stdin = ''): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const lost = (): void => reject(new Error('connection lost'));
  client.once('close', lost);
  client.exec(command, (error, channel) => {
    if (error) {
      reject(error);
      return;
    }
    let stdout = '';
    let stderr = '';
    let exitCode: number | undefined;
    channel.on('data', (data: Buffer) => {
      stdout += data;
    });
    channel.stderr.on('data', (data: Buffer) => {
      stderr += data;
    });
    channel.on('exit', (code: number | null) => {
      exitCode = code ?? undefined;
    });
    channel.on('close', () => resolve({ exitCode, stdout, stderr }));
    channel.end(stdin);
  });
  return promise.finally(() => client.off('close', lost));
}

export function openSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp)));
  });
}

export interface Seen {
  /** SHA-256 of the leaf's DER, lower hex. */
  readonly fingerprint: string;
  /** As sent, by subject's common name or first name; leaf first. */
  readonly chain: readonly string[];
}

/** What a TLS client sees at a port of this machine. */
export function look(port: number): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: '127.0.0.1', port, servername: UCX_HOSTNAME, rejectUnauthorized: false, ca: [] });
    socket.setTimeout(5_000, () => socket.destroy(new Error('silence')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('secureConnect', () => {
      const leaf = socket.getPeerCertificate(true);
      resolve({ fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(), chain: subjects(leaf) });
      socket.destroy();
    });
  });
}

/** Where ssl.conf of the server says key and certificate are. */
export async function livePaths({ ucx }: OpenUcx): Promise<ServicePaths> {
  return servicePaths(await readFile(ucx.profile.sslConf, 'utf8'));
}

/** Overwrites the live files in place, as an administrator would by hand. */
export async function putLive(open: OpenUcx, leaf: Leaf): Promise<void> {
  const { certfile, keyfile, cacertfile } = await livePaths(open);
  await writeFile(cacertfile, leaf.chainPem);
  await writeFile(certfile, leaf.chainPem);
  await writeFile(keyfile, leaf.keyPem);
}

/** A leaf for the server's name below an intermediate called `Test Intermediate …`. */
export async function makeChainedLeaf(): Promise<Leaf> {
  const root = await makeRoot();
  const intermediate = await root.intermediate();
  return intermediate.leaf({ names: [UCX_HOSTNAME], commonName: UCX_HOSTNAME });
}

export async function until(holds: () => boolean | Promise<boolean>, what: string, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function factorySet(): Promise<{ certificatePem: string; keyPem: string }> {
  const root = await makeRoot({ commonName: 'localhost.localdomain' });
  return { certificatePem: root.pem, keyPem: root.keyPem };
}

function subjects(
  leaf: ReturnType<import('node:tls').TLSSocket['getPeerCertificate']> & { issuerCertificate?: PeerCertificate },
): string[] {
  const told: string[] = [];
  let next: (PeerCertificate & { issuerCertificate?: PeerCertificate }) | undefined = leaf;
  while (next?.subject && told.length < 10) {
    told.push(String(next.subject.CN));
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return told;
}
