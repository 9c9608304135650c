// A sandbox run with other people's programs in it: OpenSSH is the server's SSH, a real shell runs the script, Pebble may be the authority.

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrderAnswer } from '../../src/sandbox/order-client.ts';
import { defaultRoute53Dials } from '../../src/sandbox/route53/route53-dials.ts';
import { NORTHWIND, type SandboxOutside } from '../../src/sandbox/sandbox-outside.ts';
import type { UcxDials } from '../../src/sandbox/ucx/ucx-dials.ts';
import { type Openssh, startOpenssh } from './openssh.ts';
import { type Pebble, startPebble } from './pebble.ts';
import { SandboxRun } from './sandbox-run.ts';

export interface PeersRunOptions {
  readonly authority: 'pebble' | 'sandbox';
  /** What `sh` is on the server. */
  readonly shell: 'dash' | 'busybox sh';
  readonly ucx?: Partial<UcxDials>;
}

export interface PeersRun {
  readonly run: SandboxRun;
  readonly openssh: Openssh;
  readonly pebble: Pebble | undefined;
  /** What leaves of the authority chain up to. */
  readonly rootPem: string;
  /** Where InfinityOne really listens: OpenSSH knows no other port for it. */
  readonly sitePort: number;
  /** From HTTP to its end. */
  readonly fulfil: (change?: object) => Promise<OrderAnswer>;
  /** Verbs of the activation script that the shell has run, in their order. */
  readonly verbs: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

const NONCES_REFUSED_PERCENT = 20;
const PATIENCE_MS = 60_000;

/** Nothing here is about the server deciding by itself, so a slow machine must not lead to it. */
const PATIENT = { commitTimeoutSeconds: 60, restartTimeoutSeconds: 6 };

export async function startPeersRun({ authority, shell, ucx = {} }: PeersRunOptions): Promise<PeersRun> {
  const folder = await mkdtemp(join(tmpdir(), 'peers-run-'));
  const verbsFile = join(folder, 'verbs');
  const opened: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  let openssh: Openssh | undefined;
  let pebble: Pebble | undefined;
  const meet = async (outside: SandboxOutside, authorizedKey: string) => {
    await setShell(outside, shell, verbsFile);
    openssh = await startOpenssh({ authorizedKey, env: outside.ucx.env });
    opened.push(openssh.close);
    const { network } = outside;
    network.map(NORTHWIND.publicIp, NORTHWIND.sshPort, openssh.port);
    network.map(NORTHWIND.publicIp, outside.ucx.sitePort, outside.ucx.outsidePort);
    // OpenSSH forwards to the real ports of this machine, so everything is called by those.
    await outside.ucx.turn({ siteUrl: `https://${NORTHWIND.hostname}:${outside.ucx.sitePort}` });
    const web = { check: 'httpd -t', reload: 'service httpd graceful', port: outside.ucx.webPort };
    const { commands } = outside.ucx.profile;
    const profile = { ...outside.ucx.profile, account: openssh.account, commands: { ...commands, web } };
    if (authority === 'sandbox') return { ...outside, ucx: { profile } };

    pebble = await startPebble({ dnsServer: dnsOf(outside), nonceRejectPercent: NONCES_REFUSED_PERCENT });
    opened.push(pebble.close);
    network.allowLocalhost(Number(new URL(pebble.directoryUrl).port));
    const { directoryUrl, tlsRootPem, issuingRootPem: rootPem } = pebble;
    return { ...outside, ucx: { profile }, ca: { directoryUrl, tlsRootPem, rootPem } };
  };
  try {
    const run = await SandboxRun.start({ dials: { route53: defaultRoute53Dials, ucx }, profile: PATIENT, meet });
    opened.push(() => run.close());
    if (openssh === undefined) throw new Error('nobody met the world');
    const { sitePort } = run.outside.ucx;
    return {
      run,
      openssh,
      pebble,
      rootPem: pebble?.issuingRootPem ?? run.outside.ca.rootPem,
      sitePort,
      fulfil: async (change = {}) => await run.ended(await run.place({ sitePort, ...change }), PATIENCE_MS),
      verbs: async () => (await readFile(verbsFile, 'utf8')).trim().split('\n'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The server's own `bin` comes first on its PATH, so this is what `sh …/activate.sh` finds. */
async function setShell({ ucx }: SandboxOutside, shell: string, verbsFile: string): Promise<void> {
  const path = join(ucx.root, 'bin/sh');
  const note = `case "$1" in */activations/*/activate.sh) echo "$2" >>'${verbsFile}' ;; esac`;
  await writeFile(path, `#!/bin/sh\n${note}\nexec ${shell} "$@"\n`);
  await chmod(path, 0o755);
}

function dnsOf({ route53 }: SandboxOutside): string {
  const [first] = route53.nameServers;
  if (first === undefined) throw new Error('the sandbox has no name server');
  return `${first.address}:${first.port}`;
}
