// What the activation script decides on a server that is not as it should be, and what it leaves on the disk of one that is.

import { appendFile, chmod, lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { activationScripts } from '../../../src/adapters/ssh/activation-scripts.ts';
import { parseSslConf } from '../../../src/adapters/ssh/ssl-conf.ts';
import type { ActivationPhase, ActivationView, Appliance } from '../../../src/ports/appliances.ts';
import type { SandboxUcxOptions } from '../../../src/sandbox/ucx/sandbox-ucx.ts';
import { type CutBench, newSet, openBench, SERVER_NAME } from '../../support/cut-runs.ts';
import { cutScripts } from '../../support/cut-script.ts';
import type { Leaf } from '../../support/leaves.ts';
import { LocalConnection } from '../../support/local-connection.ts';
import { inAnHour } from '../../support/window-end.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };

interface Site {
  /** The test's own: polls of tests that run at the same time need it. */
  readonly expect: TestContext['expect'];
  readonly bench: CutBench;
  readonly appliance: Appliance;
  readonly leaf: Leaf;
  readonly paths: ReturnType<typeof parseSslConf>;
}

/** A server with a set staged on it, for as long as the test runs. */
async function site({ expect, onTestFinished }: TestContext, ucx: Partial<SandboxUcxOptions> = {}): Promise<Site> {
  const { layout = 'separate' } = ucx;
  const bench = await openBench({
    layout,
    shell: 'sh',
    ucx: { ...ucx, profile: { restartTimeoutSeconds: 2, ...ucx.profile } },
  });
  onTestFinished(() => bench.close());
  const appliance = await bench.open(await activationScripts());
  const paths = parseSslConf(await readFile(bench.ucx.profile.sslConf, 'utf8'), 'ssl.conf');
  const leaf = await newSet(bench);
  await appliance.stage(leaf);
  return { expect, bench, appliance, leaf, paths };
}

async function activate({ appliance, leaf }: Site, id = 'a1'): Promise<ActivationView> {
  return await appliance.activate({
    id,
    fingerprint: leaf.fingerprint,
    name: SERVER_NAME,
    sitePort: 21_326,
    mayRestartUntil: inAnHour(),
  });
}

async function reach(on: Site, phase: ActivationPhase, id = 'a1'): Promise<ActivationView> {
  await on.expect.poll(async () => (await activate(on, id)).phase, PATIENCE).toBe(phase);
  return await activate(on, id);
}

async function commit(on: Site, id = 'a1'): Promise<void> {
  await reach(on, 'awaiting-commit', id);
  await on.expect.poll(async () => (await on.appliance.settle(id, 'commit')).phase, PATIENCE).toBe('committed');
}

/** Stages again with a script that dies behind the first line like this, or so many lines on; activates, and waits until it is dead. */
async function killedBehind(on: Site, like: RegExp, linesOn = 0): Promise<void> {
  const scripts = await activationScripts();
  const found = (['activate.sh', 'exchange.sh'] as const).flatMap((script) => {
    const at = scripts[script].split('\n').findIndex((line) => like.test(line));
    return at < 0 ? [] : [{ script, line: at + 1 + linesOn }];
  });
  const armed = join(on.bench.folder, 'armed');
  for (const line of found) {
    const deadly = await on.bench.open(cutScripts(scripts, { ...line, pass: 1, kind: 'kill' }, armed));
    await deadly.stage(on.leaf);
    await mkdir(armed);
    await activate(on);
    const isGone = async () => (await readdir(on.bench.folder)).includes('armed');
    await on.expect.poll(isGone, PATIENCE).toBe(false);
  }
  on.expect(found).toHaveLength(1);
}

async function shell({ bench }: Site, command: string): Promise<void> {
  await new LocalConnection(bench.ucx).run(command, { timeoutMs: 5_000 });
}

async function contents({ paths }: Site): Promise<readonly string[]> {
  return await Promise.all([paths.key, paths.certificate].map((path) => readFile(path, 'utf8')));
}

describe('activate.sh before it touches anything', () => {
  it.concurrent.for([
    {
      when: 'the service is down',
      spoil: (on: Site) => shell(on, 'service infinity_one stop'),
      why: 'the service is not up',
    },
    {
      when: 'the live key is not that of the live certificate',
      spoil: async (on: Site) => await writeFile(on.paths.key, on.leaf.keyPem),
      why: 'the live key and certificate do not belong together',
    },
    {
      when: 'a staged file was changed',
      spoil: (on: Site) =>
        appendFile(join(on.bench.ucx.profile.stagingFolder, 'sets', on.leaf.fingerprint, 'chain.pem'), '\n'),
      why: 'a staged file is not as it was sent',
    },
    {
      when: 'the CA file is the trust store of the system',
      spoil: (on: Site) => writeFile(on.paths.ca ?? '', on.leaf.leafPem.repeat(30)),
      why: 'a trust store of others',
    },
    {
      when: 'it cannot see the service itself',
      ucx: { profile: { commands: { restart: 'true', status: 'true', calls: undefined } } },
      spoil: (on: Site) => shell(on, 'service infinity_one stop'),
      why: 'nothing could be proven afterwards',
    },
  ])('refuses when $when', async ({ spoil, why, ucx }, context) => {
    const on = await site(context, ucx);
    await spoil(on);
    const before = await contents(on);
    const view = await reach(on, 'refused');
    expect(view.why).toContain(why);
    expect(await contents(on)).toEqual(before);
    expect(on.bench.ucx.counts().restarts).toBe(0);
    expect((await readdir(dirname(on.paths.key))).filter((name) => name.includes('.ucx-'))).toEqual([]);
  });

  it.concurrent('does nothing when asked to restore what has not begun', async (context) => {
    const on = await site(context);
    await expect(on.appliance.settle('a1', 'restore')).rejects.toThrow('never begun');
    expect(on.bench.ucx.counts().restarts).toBe(0);
  });
});

describe('activate.sh when the window closes on it', () => {
  it.concurrent('puts the old set back without a restart if the restart had not begun', async (context) => {
    const on = await site(context);
    const before = await contents(on);
    await killedBehind(on, /^ {4}enter restarting ''$/);
    on.expect(await contents(on)).not.toEqual(before);
    await writeFile(join(on.bench.ucx.profile.stagingFolder, 'activations', 'a1', 'deadline'), '1\n');
    const view = await reach(on, 'restored');
    on.expect(view.why).toContain('the window had closed');
    on.expect(await contents(on)).toEqual(before);
    on.expect(on.bench.ucx.counts().restarts).toBe(0);
  });
});

describe('activate.sh when the new set does not come up', () => {
  it.concurrent.for([
    { when: 'the restart fails', dials: { restartFails: 'once' } as const, phase: 'restored' as const, restarts: 2 },
    {
      when: 'the service refuses it',
      dials: { refusesNewChain: 'down' } as const,
      phase: 'restored' as const,
      restarts: 2,
    },
    {
      when: 'the service crashes on it',
      dials: { refusesNewChain: 'crashes' } as const,
      phase: 'restored' as const,
      restarts: 2,
    },
    {
      when: 'no restart works any more',
      dials: { restartFails: 'always' } as const,
      phase: 'down' as const,
      restarts: 3,
    },
  ])('puts the old set back: $when', async ({ dials, phase, restarts }, context) => {
    const on = await site(context);
    const before = { files: await contents(on), served: on.bench.ucx.served() };
    await on.bench.ucx.turn(dials);
    const view = await reach(on, phase);
    expect(view.why).toMatch(/the service (did not come up with|does not serve) the new set/);
    expect(await contents(on)).toEqual(before.files);
    expect(on.bench.ucx.served()).toBe(phase === 'down' ? undefined : before.served);
    expect(on.bench.ucx.counts().restarts).toBe(restarts);
  });
});

describe('activate.sh without a commit mark', () => {
  const hasty = { profile: { commitTimeoutSeconds: 1 } };

  it.concurrent('keeps what the server proves itself, restarts nothing, and can still be committed', async (context) => {
    const on = await site(context, hasty);
    await reach(on, 'awaiting-commit');
    const look = async () => (await on.appliance.inspect()).activation;
    await on.expect.poll(async () => (await look()).running, PATIENCE).toBe(false);
    expect(await look()).toMatchObject({ phase: 'awaiting-commit', why: expect.stringContaining('kept') });
    expect(on.bench.ucx.served()).toBe(on.leaf.fingerprint);
    await commit(on);
    expect(on.bench.ucx.counts().restarts).toBe(1);
  });

  it.concurrent('restores the old set when the new one is not served any more', async (context) => {
    const on = await site(context, hasty);
    const before = on.bench.ucx.served();
    await reach(on, 'awaiting-commit');
    await shell(on, 'service infinity_one stop');
    const look = async () => (await on.appliance.inspect()).activation;
    await on.expect.poll(async () => (await look()).phase, PATIENCE).toBe('restored');
    expect((await look()).why).toContain('does not prove the new set itself');
    expect(on.bench.ucx.served()).toBe(before);
  });
});

describe('activate.sh, cut off', () => {
  const lazy = {
    restart: '(sleep 1; exec service infinity_one restart) >/dev/null 2>&1 &',
    status: 'service infinity_one status',
    calls: undefined,
  };

  it.concurrent('does not begin a restart again that was begun and takes its time', async (context) => {
    const on = await site(context, { profile: { restartTimeoutSeconds: 10, commands: lazy } });
    await killedBehind(on, /^ {4}enter restarting ''$/, 1);
    await commit(on);
    expect(on.bench.ucx.counts().restarts).toBe(1);
  });

  it.concurrent.for([
    { when: 'between two files', line: /^ {4}\[ -z "\$file" \] \|\| mv -f/, phase: 'restored' as const, restarts: 0 },
    { when: 'when all files are exchanged', line: /^ {4}swap \|\|/, phase: 'awaiting-commit' as const, restarts: 1 },
  ])('undoes or goes on: killed $when', async ({ line, phase, restarts }, context) => {
    const on = await site(context);
    const before = await contents(on);
    await killedBehind(on, line);
    await reach(on, phase);
    expect(on.bench.ucx.counts().restarts).toBe(restarts);
    if (phase === 'restored') expect(await contents(on)).toEqual(before);
    else expect(on.bench.ucx.served()).toBe(on.leaf.fingerprint);
  });

  it.concurrent('restarts only if it must when it is asked to restore what was cut off', async (context) => {
    const on = await site(context);
    const before = { files: await contents(on), served: on.bench.ucx.served() };
    await killedBehind(on, /^ {4}enter restarting ''$/);
    await on.expect.poll(async () => (await on.appliance.settle('a1', 'restore')).phase, PATIENCE).toBe('restored');
    expect(await contents(on)).toEqual(before.files);
    expect(on.bench.ucx.served()).toBe(before.served);
    expect(on.bench.ucx.counts().restarts).toBe(0);
  });
});

describe('activate.sh at its work', () => {
  it.concurrent('restarts once when it is called many times at once', async (context) => {
    const on = await site(context);
    const views = await Promise.all(Array.from({ length: 6 }, () => activate(on)));
    expect(new Set(views.map((view) => view.activationId))).toEqual(new Set(['a1']));
    await commit(on);
    expect(on.bench.ucx.counts().restarts).toBe(1);
  });

  it.concurrent('restarts nothing when the set is live and served already', async (context) => {
    const on = await site(context);
    await commit(on);
    await commit(on, 'a2');
    expect(on.bench.ucx.counts().restarts).toBe(1);
    expect(on.bench.ucx.served()).toBe(on.leaf.fingerprint);
  });

  it.concurrent('gives the files to the group of the service, and the key to nobody else, though the world could read the old one', async (context) => {
    const on = await site(context);
    await chmod(on.paths.key, 0o644);
    await commit(on);
    const modes = await Promise.all(
      [on.paths.key, on.paths.certificate].map(async (path) => (await lstat(path)).mode & 0o777),
    );
    expect(modes.map((mode) => mode.toString(8))).toEqual(['640', '644']);
  });

  it.concurrent('fills every file the directives name: full chain, key, intermediates', async (context) => {
    const on = await site(context, { chainFile: true });
    await commit(on);
    const { key, certificate, ca = '', chain = '' } = on.paths;
    const [keyPem, chainPem, caPem, oldChainPem] = await Promise.all(
      [key, certificate, ca, chain].map((path) => readFile(path, 'utf8')),
    );
    expect([keyPem, chainPem].map((pem) => pem?.trim())).toEqual([on.leaf.keyPem.trim(), on.leaf.chainPem.trim()]);
    expect(caPem).toBe(oldChainPem);
    expect(caPem?.trim()).toBe(on.bench.issuer.chainPem.trim());
  });

  it.concurrent('exchanges everything with one rename where the live files lie behind a link, and keeps one generation', async (context) => {
    const on = await site(context, { layout: 'symlink' });
    const link = dirname(on.paths.key);
    const targets = [await readlink(link)];
    for (const id of ['a1', 'a2', 'a3']) {
      const leaf = await newSet(on.bench);
      await on.appliance.stage(leaf);
      await commit({ ...on, leaf }, id);
      targets.push(await readlink(link));
    }
    expect(new Set(targets).size).toBe(4);
    const left = (await readdir(dirname(link))).filter((name) => name.startsWith('.')).sort();
    expect(left).toEqual(['.ucx-set-a2', '.ucx-set-a3']);
  });

  it.concurrent('keeps one generation of ordinary files, closed to the world, and no older sets', async (context) => {
    const on = await site(context);
    await commit(on);
    const leaf = await newSet(on.bench);
    await on.appliance.stage(leaf);
    await commit({ ...on, leaf }, 'a2');
    const kept = await readdir(on.bench.ucx.profile.stagingFolder, { recursive: true });
    const copies = kept.filter((name) => name.includes('before/')).sort();
    expect(copies).toEqual([
      'activations/a2/before/ca.pem',
      'activations/a2/before/certificate.pem',
      'activations/a2/before/key.pem',
    ]);
    expect((await on.appliance.inspect()).staged).toEqual([leaf.fingerprint]);
  });
});
