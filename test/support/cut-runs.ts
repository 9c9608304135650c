// Activations on a sandbox UCx that are cut off somewhere and taken up again as the service would; says what is wrong afterwards.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { access, lstat, mkdir, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ActivationScripts, activationScripts } from '../../src/adapters/ssh/activation-scripts.ts';
import { SshAppliance } from '../../src/adapters/ssh/ssh-appliances.ts';
import { parseSslConf } from '../../src/adapters/ssh/ssl-conf.ts';
import type { ActivationView, Appliance } from '../../src/ports/appliances.ts';
import { SandboxUcx } from '../../src/sandbox/ucx/sandbox-ucx.ts';
import type { ServerLayout } from '../../src/sandbox/ucx/server-tree.ts';
import { type Cut, cutScripts, type Line, lineEnds, tracedScripts } from './cut-script.ts';
import { type Issuer, type Leaf, makeRoot } from './leaves.ts';
import { LocalConnection, removeFolder } from './local-connection.ts';

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
}

/** A server, and its shell without SSH between. */
export async function openBench({ layout, shell }: BenchOptions): Promise<CutBench> {
  const folder = await mkdtemp(join(tmpdir(), 'ucx-cut-'));
  const ucx = await SandboxUcx.start({
    folder,
    hostname: SERVER_NAME,
    authorizedKey: UNUSED_KEY,
    layout,
    dials: { restartMs: 30, bootMs: 30 },
    profile: { commitTimeoutSeconds: 20, restartTimeoutSeconds: 4 },
  });
  await dress(ucx, shell);
  const root = await makeRoot();
  return {
    ucx,
    folder,
    issuer: await root.intermediate(),
    open: async (scripts) =>
      new SshAppliance(new LocalConnection(ucx), ucx.profile, { now: () => new Date(), scripts }),
    close: async () => {
      await ucx.close();
      await removeFolder(folder);
    },
  };
}

/** Of a key pair nobody has. */
const UNUSED_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5JVbhnUFZYIYwC+O7D0eqdbk5r5RPYwCVJNQnf9BuK nobody';

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

export async function newSet(bench: CutBench): Promise<Leaf> {
  return await bench.issuer.leaf({ names: [SERVER_NAME] });
}

/** The lines one whole activation passes, with this verdict at its end. */
export async function passedLines(bench: CutBench, verdict: 'commit' | 'restore'): Promise<readonly Line[]> {
  const scripts = await activationScripts();
  const lines = lineEnds(scripts);
  const trace = await mkdtemp(join(bench.folder, 'trace-'));
  const leaf = await newSet(bench);
  const appliance = await bench.open(tracedScripts(scripts, lines, trace));
  await appliance.stage(leaf);
  await settleIn(bench, { open: async () => appliance, leaf, id: leaf.fingerprint.slice(0, 12), verdict });
  const passed = new Set(await readdir(trace));
  return lines.filter(({ script, line }) => passed.has(`${script}:${line}`));
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
      let view = await appliance.activate({ id, fingerprint: leaf.fingerprint, name: SERVER_NAME, sitePort: 21_326 });
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

/** A reboot under way is waited for; the spool of the sandbox answers nobody meanwhile. */
async function untilBooted(ucx: SandboxUcx): Promise<void> {
  for (let tries = 0; tries < 30 && ucx.served() === undefined; tries += 1) await pause(10);
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
