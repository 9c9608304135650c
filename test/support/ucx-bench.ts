// A sandbox UCx and our SSH adapter in front of it, ready for the contracts.

import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SshAppliances } from '../../src/adapters/ssh/ssh-appliances.ts';
import { SshConnection } from '../../src/adapters/ssh/ssh-connection.ts';
import type { CertificateSet, ConnectionProfile } from '../../src/ports/appliances.ts';
import { SandboxNetwork } from '../../src/sandbox/sandbox-network.ts';
import { SandboxUcx, type SandboxUcxOptions } from '../../src/sandbox/ucx/sandbox-ucx.ts';
import { makeSshKeys, type SshKeys } from '../../src/sandbox/ucx/ssh-host-key.ts';
import type { AppliancesUnderTest } from '../contracts/appliances.ts';
import type { ConnectionUnderTest } from '../contracts/connection.ts';
import { type Issuer, makeRoot } from './leaves.ts';
import { removeFolder } from './local-connection.ts';

export const ADDRESS = '203.0.113.10';
export const NOWHERE = '203.0.113.99';
export const SERVER_NAME = 'pbx.northwind.test';
export const SITE_PORT = 21_326;

/** An SSH server in front of the UCx; the UCx's own, or somebody else's program. */
export interface SshInFront {
  readonly port: number;
  readonly account: string;
  readonly hostKey: string;
  readonly refusals: () => Promise<number>;
  readonly cut: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface UcxBench {
  readonly ucx: SandboxUcx;
  readonly profile: ConnectionProfile;
  readonly network: SandboxNetwork;
  readonly keys: { readonly ours: SshKeys; readonly stranger: SshKeys };
  readonly hostKey: string;
  readonly issuer: Issuer;
  readonly rootPem: string;
  readonly appliances: (privateKey?: string, timeoutMs?: number) => SshAppliances;
  readonly world: AppliancesUnderTest;
  readonly close: () => Promise<void>;
}

export interface UcxBenchOptions {
  readonly ucx?: Partial<SandboxUcxOptions>;
  /** @default - the UCx's own */
  readonly front?: (ucx: SandboxUcx, authorizedKey: string) => Promise<SshInFront>;
}

export async function openUcxBench(options: UcxBenchOptions = {}): Promise<UcxBench> {
  const folder = await mkdtemp(join(tmpdir(), 'ucx-bench-'));
  const keys = { ours: makeSshKeys(), stranger: makeSshKeys() };
  const ucx = await SandboxUcx.start({
    folder,
    hostname: SERVER_NAME,
    authorizedKey: keys.ours.public,
    ...options.ucx,
    dials: { restartMs: 30, bootMs: 30, ...options.ucx?.dials },
    profile: { commitTimeoutSeconds: 20, restartTimeoutSeconds: 3, ...options.ucx?.profile },
  });
  const front = options.front ? await options.front(ucx, keys.ours.public) : ownFront(ucx);
  const profile = { ...ucx.profile, sshPort: 22, account: front.account };
  const network = new SandboxNetwork({ resolve: async () => [], services: { [`${ADDRESS}:22`]: front.port } });
  const root = await makeRoot();
  const issuer = await root.intermediate();
  const appliances = (privateKey = keys.ours.private, timeoutMs = 5_000) =>
    new SshAppliances({ network, privateKeys: async () => privateKey, now: () => new Date(), timeoutMs });
  const world: AppliancesUnderTest = {
    open: async (how = {}) =>
      await appliances(how.key === 'stranger' ? keys.stranger.private : undefined).open({
        address: how.at === 'nowhere' ? NOWHERE : ADDRESS,
        profile,
        hostKey: how.hostKey ?? front.hostKey,
      }),
    hostKey: front.hostKey,
    name: SERVER_NAME,
    sitePort: options.ucx?.namedSitePort ?? SITE_PORT,
    makeSet: async () => await issuer.leaf({ names: [SERVER_NAME] }),
    served: async () => ucx.served(),
    restarts: async () => ucx.counts().restarts,
    refusals: front.refusals,
    everything: async () => await listing(ucx.root, ['var/log', 'home']),
    live: async () => await listing(join(ucx.root, 'etc'), []),
    exposures: async (set) => await exposures(ucx, set),
    cut: front.cut,
    close: async () => {
      await front.close();
      await ucx.close();
      await removeFolder(folder);
    },
  };
  return {
    ucx,
    profile,
    network,
    keys,
    hostKey: front.hostKey,
    issuer,
    rootPem: root.pem,
    appliances,
    world,
    close: world.close,
  };
}

export async function openConnectionBench(options: UcxBenchOptions = {}): Promise<ConnectionUnderTest> {
  const bench = await openUcxBench(options);
  const folder = join(bench.ucx.root, 'tmp/contract');
  await mkdir(folder, { recursive: true, mode: 0o777 });
  return {
    connection: await connectTo(bench),
    hostKey: bench.hostKey,
    folder,
    ports: { open: bench.world.sitePort, closed: 9 },
    cut: bench.world.cut,
    close: bench.close,
  };
}

export async function connectTo(bench: UcxBench): Promise<SshConnection> {
  return await SshConnection.open({
    network: bench.network,
    target: { host: ADDRESS, port: 22, account: bench.profile.account, hostKey: bench.hostKey },
    jump: undefined,
    privateKeyPem: bench.keys.ours.private,
    timeoutMs: 5_000,
  });
}

function ownFront(ucx: SandboxUcx): SshInFront {
  return {
    port: ucx.sshPort,
    account: ucx.profile.account,
    hostKey: ucx.hostKey,
    refusals: async () => ucx.counts().sshAuthFailures,
    cut: async () => ucx.cutSsh(),
    close: async () => undefined,
  };
}

/** Every file with mode, time and digest; links with their targets. */
async function listing(folder: string, except: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const wanted = names.filter((name) => !except.some((left) => name.startsWith(left))).sort();
  return await Promise.all(
    wanted.map(async (name) => {
      const path = join(folder, name);
      const facts = await lstat(path);
      if (facts.isSymbolicLink()) return `${name} -> ${await readlink(path)}`;
      if (facts.isDirectory()) return `${name}/ ${facts.mode.toString(8)}`;
      const digest = createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
        .slice(0, 16);
      return `${name} ${facts.mode.toString(8)} ${facts.mtimeMs} ${digest}`;
    }),
  );
}

async function exposures(ucx: SandboxUcx, { keyPem }: CertificateSet): Promise<readonly string[]> {
  const secret = keyPem.split('\n')[2] ?? keyPem;
  const found = ucx.processes().filter((line) => line.includes(secret));
  for (const name of await readdir(ucx.root, { recursive: true })) {
    const path = join(ucx.root, name);
    const facts = await lstat(path).catch(() => undefined);
    if (!facts?.isFile() || !(await readFile(path, 'latin1')).includes(secret)) continue;
    if (facts.mode & 0o007 || /log/.test(name)) found.push(`${name} ${facts.mode.toString(8)}`);
  }
  return found;
}
