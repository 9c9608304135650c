// Activations on a sandbox UCx that are cut off somewhere and taken up again as the service would; says what is wrong afterwards.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { access, lstat, mkdir, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ActivationScripts, activationScripts } from '../../src/adapters/ssh/activation-scripts.ts';
import { SshAppliance } from '../../src/adapters/ssh/ssh-appliances.ts';
import { SshConnection } from '../../src/adapters/ssh/ssh-connection.ts';
import { parseSslConf } from '../../src/adapters/ssh/ssl-conf.ts';
import type { ActivationView, Appliance } from '../../src/ports/appliances.ts';
import { SandboxUcx, type SandboxUcxOptions } from '../../src/sandbox/ucx/sandbox-ucx.ts';
import type { ServerLayout } from '../../src/sandbox/ucx/server-tree.ts';
import { makeSshKeys } from '../../src/sandbox/ucx/ssh-host-key.ts';
import { type Cut, cutScripts, type Line, lineEnds, tracedScripts } from './cut-script.ts';
import { type Issuer, type Leaf, makeRoot } from './leaves.ts';
import { LocalConnection, removeFolder } from './local-connection.ts';
import { loopbackNetwork } from './loopback-network.ts';
import { inAnHour } from './window-end.ts';

export const SERVER_NAME = 'pbx.northwind.test';

/** Programs the script calls; under busybox they are busybox's own. */
const USERLAND =
  'awk cat chgrp chmod cmp cp cut date dirname grep head ln ls mkdir mv readlink rm sed setsid sha256sum sleep sort sync tail tr';

export type TestShell = 'sh' | 'dash' | 'bash' | 'busybox';

export interface CutBench {
  readonly ucx: SandboxUcx;
  readonly issuer: Issuer;
  readonly folder: string;
  /** Whatever runs on the server, cut or not, is opened by this. */
  readonly open: (scripts: ActivationScripts) => Promise<Appliance>;
  readonly close: () => Promise<void>;
}

export interface BenchOptions {
  readonly layout: ServerLayout;
  readonly shell: TestShell;
  readonly ucx?: Partial<SandboxUcxOptions>;
  /** Over SSH, where connections can be cut. @default - its shell, without SSH between */
  readonly over?: 'ssh';
}

/** A server, and its shell without SSH between. */
export async function openBench({ layout, shell, over, ucx: more = {} }: BenchOptions): Promise<CutBench> {
  const folder = await mkdtemp(join(tmpdir(), 'ucx-cut-'));
  const keys = makeSshKeys();
  const ucx = await SandboxUcx.start({
    folder,
    hostname: SERVER_NAME,
    authorizedKey: keys.public,
    layout,
    ...more,
    dials: { restartMs: 30, bootMs: 30, ...more.dials },
    profile: { commitTimeoutSeconds: 20, restartTimeoutSeconds: 4, ...more.profile },
  });
  await dress(ucx, shell);
  const root = await makeRoot();
  return {
    ucx,
    folder,
    issuer: await root.intermediate(),
    open: async (scripts) => {
      const connection = over === 'ssh' ? await connectTo(ucx, keys.private) : new LocalConnection(ucx);
      return new SshAppliance(connection, ucx.profile, { now: () => new Date(), scripts });
    },
    close: async () => {
      await ucx.close();
      await removeFolder(folder);
    },
  };
}

async function connectTo(ucx: SandboxUcx, privateKeyPem: string): Promise<SshConnection> {
  const target = { host: 'loopback', port: ucx.sshPort, account: ucx.profile.account, hostKey: ucx.hostKey };
  return await SshConnection.open({
    network: loopbackNetwork,
    target,
    jump: undefined,
    privateKeyPem,
    timeoutMs: 5_000,
  });
}

/** The server's `sh` becomes this one, wherever the script calls it. */
export async function dress(ucx: SandboxUcx, shell: TestShell): Promise<void> {
  const names = shell === 'busybox' ? ['sh', ...USERLAND.split(' ')] : ['sh'];
  for (const name of names) await symlink(await find(shell), join(ucx.root, 'bin', name));
}

async function find(program: string): Promise<string> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = join(folder, program);
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  throw new Error(`${program} is not installed; .ci/peers installs what these tests need`);
}

/** Cuts shared out among so many servers at a time; answers what went wrong, nothing if nothing did. */
export async function cutRuns(runs: readonly CutRun[], benches: readonly CutBench[]): Promise<readonly string[]> {
  const left = [...runs];
  const faults: string[] = [];
  await Promise.all(
    benches.map(async (bench) => {
      for (let run = left.shift(); run; run = left.shift()) {
        const fault = await cutRun(bench, run);
        if (fault !== undefined) faults.push(fault);
      }
    }),
  );
  return faults;
}

export async function newSet(bench: CutBench): Promise<Leaf> {
  return await bench.issuer.leaf({ names: [SERVER_NAME] });
}

/** The lines a whole activation passes, each with a verdict at whose way it lies. */
export async function passedLines(bench: CutBench): Promise<readonly { line: Line; verdict: 'commit' | 'restore' }[]> {
  const scripts = await activationScripts();
  const lines = lineEnds(scripts);
  const traces = {
    restore: await trace(bench, { scripts, lines, verdict: 'restore' }),
    commit: await trace(bench, { scripts, lines, verdict: 'commit' }),
  };
  return lines.flatMap((line, at) => {
    const ways = (['restore', 'commit'] as const).filter((way) => traces[way].has(`${line.script}:${line.line}`));
    const verdict = ways[at % 2] ?? ways[0];
    return verdict ? [{ line, verdict }] : [];
  });
}

async function trace(
  bench: CutBench,
  { scripts, lines, verdict }: { scripts: ActivationScripts; lines: readonly Line[]; verdict: 'commit' | 'restore' },
): Promise<ReadonlySet<string>> {
  const folder = await mkdtemp(join(bench.folder, 'trace-'));
  const leaf = await newSet(bench);
  const open = () => bench.open(tracedScripts(scripts, lines, folder));
  const first = await open();
  await first.stage(leaf);
  await first.close();
  await settleIn(bench, { open, leaf, id: leaf.fingerprint.slice(0, 12), verdict });
  return new Set(await readdir(folder));
}

export interface CutRun {
  readonly cut: Cut;
  readonly verdict: 'commit' | 'restore';
}

/** Undefined when all is as it must be; else what is not. */
export async function cutRun(bench: CutBench, { cut, verdict }: CutRun): Promise<string | undefined> {
  const { ucx } = bench;
  const before = { counts: ucx.counts(), served: ucx.served() };
  const leaf = await newSet(bench);
  const armed = join(bench.folder, `armed-${leaf.fingerprint.slice(0, 12)}`);
  const scripts = cutScripts(await activationScripts(), cut, armed);
  const first = await bench.open(scripts);
  await first.stage(leaf);
  await first.close();
  for (let pass = 0; pass < cut.pass; pass += 1) await mkdir(pass === 0 ? armed : join(armed, String(pass)));
  const view = await settleIn(bench, {
    open: () => bench.open(scripts),
    leaf,
    id: leaf.fingerprint.slice(0, 12),
    verdict,
  });
  await removeFolder(armed);
  await untilBooted(ucx);
  const reboots = ucx.counts().boots - before.counts.boots;
  const restarts = ucx.counts().restarts - before.counts.restarts;
  const faults = [
    ...(await faultsOnDisk(ucx)),
    ...faultsInService(ucx, { view, leaf, served: before.served }),
    ...faultsInCounts({ view, restarts, reboots, verdict }),
  ];
  return faults.length === 0
    ? undefined
    : `${JSON.stringify({ cut, verdict, view, restarts, reboots })}: ${faults.join('; ')}`;
}

interface Work {
  readonly open: () => Promise<Appliance>;
  readonly leaf: Leaf;
  readonly id: string;
  readonly verdict: 'commit' | 'restore';
}

const SETTLE_MS = 30_000;

/** What the service does: it activates, looks, settles; and comes again whenever that was cut off. */
async function settleIn({ ucx }: CutBench, { open, leaf, id, verdict }: Work): Promise<ActivationView> {
  const until = performance.now() + SETTLE_MS;
  let last: unknown;
  while (performance.now() < until) {
    await untilBooted(ucx);
    try {
      const appliance = await open();
      let view = await appliance.activate({
        id,
        fingerprint: leaf.fingerprint,
        name: SERVER_NAME,
        sitePort: 21_326,
        mayRestartUntil: inAnHour(),
      });
      if (view.phase === 'awaiting-commit') view = await appliance.settle(id, verdict);
      await appliance.close();
      last = view;
      if (['committed', 'restored', 'refused', 'down'].includes(view.phase) && !view.running) return view;
    } catch (error) {
      last = error;
    }
    await pause(20);
  }
  throw new Error(`not settled within ${SETTLE_MS} ms`, { cause: last });
}

/** A reboot under way is waited for, also one that came after all was settled; a service that stays down is not. */
async function untilBooted(ucx: SandboxUcx): Promise<void> {
  for (let tries = 0; tries < 50 && ucx.served() === undefined; tries += 1) await pause(10);
}

async function faultsOnDisk(ucx: SandboxUcx): Promise<readonly string[]> {
  const paths = parseSslConf(await readFile(ucx.profile.sslConf, 'utf8'), 'ssl.conf');
  const [key, certificate] = await Promise.all([readFile(paths.key), readFile(paths.certificate)]);
  const faults: string[] = [];
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
    faults.push('key and certificate do not match');
  if ((await lstat(paths.key)).mode & 0o007) faults.push('the world can read the key');
  const folders = new Set([dirname(paths.key), dirname(paths.certificate), dirname(dirname(paths.key))]);
  for (const folder of folders) {
    const left = (await readdir(folder)).filter((name) => /\.ucx-(new|old)$/.test(name));
    if (left.length > 0) faults.push(`left behind: ${left.join(', ')}`);
  }
  return faults;
}

function faultsInService(
  ucx: SandboxUcx,
  { view, leaf, served }: { view: ActivationView; leaf: Leaf; served: string | undefined },
): readonly string[] {
  const wanted = view.phase === 'committed' ? leaf.fingerprint : served;
  const now = ucx.served();
  if (now === undefined) return ['the service is down'];
  return now === wanted ? [] : [`${now.slice(0, 8)} is served, ${wanted?.slice(0, 8)} should be`];
}

/** Cut off before the exchange was whole it is undone, and nothing was restarted; else all goes its way. A boot spares a restart. */
function faultsInCounts(run: {
  view: ActivationView;
  restarts: number;
  reboots: number;
  verdict: 'commit' | 'restore';
}): readonly string[] {
  const { view, restarts, reboots, verdict } = run;
  const whole = verdict === 'commit' ? 1 : 2;
  const expected = view.phase === 'committed' ? [1] : verdict === 'commit' ? [0] : [0, 2];
  if (!['committed', 'restored'].includes(view.phase)) return [`it ended as ${view.phase}`];
  if (verdict === 'restore' && view.phase === 'committed') return ['it was committed although asked to restore'];
  if (reboots > 0) return restarts <= whole ? [] : [`${restarts} restarts and a reboot`];
  return expected.includes(restarts) ? [] : [`${restarts} restarts`];
}
