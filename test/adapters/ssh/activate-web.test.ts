// Apache on the same files: asked before a restart, reloaded after the proof, put back with a roll-back, and never a reason to drop calls.

import { readFile } from 'node:fs/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { parseSslConf } from '../../../src/adapters/ssh/ssl-conf.ts';
import type { Appliance } from '../../../src/ports/appliances.ts';
import type { SandboxUcxOptions } from '../../../src/sandbox/ucx/sandbox-ucx.ts';
import { type ActivationRun, activationRun } from '../../support/activation-run.ts';
import type { Leaf } from '../../support/leaves.ts';
import { openUcxBench, type UcxBench } from '../../support/ucx-bench.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };

interface Site extends ActivationRun {
  readonly bench: UcxBench;
  readonly appliance: Appliance;
  readonly leaf: Leaf;
  readonly factory: string | undefined;
}

async function site({ onTestFinished }: TestContext, ucx: Partial<SandboxUcxOptions> = {}): Promise<Site> {
  const bench = await openUcxBench({ ucx });
  onTestFinished(() => bench.close());
  const appliance = await bench.world.open();
  const leaf = (await bench.world.makeSet()) as Leaf;
  await appliance.stage(leaf);
  return {
    ...{ bench, appliance, leaf, factory: bench.ucx.servedByWeb() },
    ...activationRun(() => appliance, leaf.fingerprint),
  };
}

describe('Apache', () => {
  it('is reloaded gracefully once InfinityOne has proven the new set, and serves it', async (context) => {
    const { bench, appliance, leaf, factory, reach, settle } = await site(context);
    expect(factory).toMatch(/^[0-9a-f]{64}$/);
    await reach('awaiting-commit');
    expect([bench.ucx.servedByWeb(), bench.ucx.counts().webReloads]).toEqual([leaf.fingerprint, 1]);
    await settle('commit', 'committed');
    const { activation } = await appliance.inspect();
    expect([activation.web, bench.ucx.counts().restarts]).toEqual(['reloaded', 1]);
  });

  it('goes back with a roll-back', async (context) => {
    const { bench, factory, reach, settle } = await site(context);
    await reach('awaiting-commit');
    await settle('restore', 'restored');
    expect([bench.ucx.servedByWeb(), bench.ucx.counts().webReloads]).toEqual([factory, 2]);
  });

  it('that would not load the new set stops it before the restart: everything is as it was', async (context) => {
    const { bench, appliance, factory, reach } = await site(context, { dials: { webRefusesNewSet: true } });
    await reach('refused');
    const facts = await appliance.inspect();
    expect(facts.activation).toMatchObject({ why: 'Apache would not load the new set', restarted: false });
    expect([facts.liveSetLoads, bench.ucx.counts().restarts, bench.ucx.served(), bench.ucx.servedByWeb()]).toEqual([
      true,
      0,
      factory,
      factory,
    ]);
  });

  it('that would not have loaded its own configuration before is left alone, and InfinityOne gets its certificate', async (context) => {
    const { bench, appliance, leaf, factory, reach, settle } = await site(context, { dials: { webUnfit: true } });
    await reach('awaiting-commit');
    await settle('commit', 'committed');
    expect([bench.ucx.served(), bench.ucx.servedByWeb()]).toEqual([leaf.fingerprint, factory]);
    expect((await appliance.inspect()).activation.web).toBe('unfit');
  });

  it('that takes no reload is told apart, and nothing is taken back for it', async (context) => {
    const { bench, factory, leaf, reach, settle } = await site(context, { dials: { webKeepsOld: true } });
    await reach('awaiting-commit');
    await settle('commit', 'committed');
    expect([bench.ucx.served(), bench.ucx.servedByWeb()]).toEqual([leaf.fingerprint, factory]);
  });

  it('that is old gets its chain in SSLCertificateChainFile, and sends it', async (context) => {
    const { bench, leaf, reach } = await site(context, { apache: 'old', chainFile: true });
    await reach('awaiting-commit');
    const { chain = '' } = parseSslConf(await readFile(bench.profile.sslConf, 'utf8'), 'ssl.conf');
    expect(bench.ucx.servedByWeb()).toBe(leaf.fingerprint);
    expect(await readFile(chain, 'utf8')).toContain(bench.issuer.pem.trim());
  });

  it('reloaded by a later log rotation finds a pair that fits, however the activation ended', async (context) => {
    const { bench, leaf, factory, reach, settle } = await site(context);
    await reach('awaiting-commit');
    bench.ucx.rotateLogs();
    expect(bench.ucx.servedByWeb()).toBe(leaf.fingerprint);
    await settle('restore', 'restored');
    bench.ucx.rotateLogs();
    expect(bench.ucx.servedByWeb()).toBe(factory);
    await bench.ucx.turn({ webRefusesNewSet: true });
    await reach('refused', 'a2');
    bench.ucx.rotateLogs();
    expect(bench.ucx.servedByWeb()).toBe(factory);
  });
});

describe('without a command to restart', () => {
  const byHand = { profile: { commands: { status: 'service infinity_one status', calls: undefined } } };

  it('the new files wait for somebody to press the button, and what is served then is proven', async (context) => {
    const { bench, leaf, factory, reach } = await site(context, byHand);
    await reach('restarting');
    expect([bench.ucx.counts().restarts, bench.ucx.served()]).toEqual([0, factory]);
    bench.ucx.pressRestart();
    await reach('awaiting-commit');
    expect([bench.ucx.counts().restarts, bench.ucx.served()]).toEqual([1, leaf.fingerprint]);
  });

  it('the old files come back when nobody does before the window closes, and nothing was restarted', async (context) => {
    const { bench, factory, appliance, reach } = await site(context, byHand);
    await reach('restored', 'a1', { mayRestartUntil: new Date(Date.now() + 3_000) });
    const facts = await appliance.inspect();
    expect(facts.activation).toMatchObject({
      restarted: false,
      why: 'nobody restarted the service before the window closed',
    });
    expect([facts.liveSetLoads, bench.ucx.counts().restarts, bench.ucx.served()]).toEqual([true, 0, factory]);
  });
});

describe('a service that takes replaced files up by itself', () => {
  const erlang = { erlang: 'new' as const, caFile: false, dials: { picksUpFilesMs: 100 } };

  it('is not restarted where that may be waited for, and is restarted where it may not', async (context) => {
    const patient = await site(context, erlang);
    await patient.reach('awaiting-commit', 'a1', { pickUpSeconds: 20 });
    expect([patient.bench.ucx.counts().restarts, patient.bench.ucx.served()]).toEqual([0, patient.leaf.fingerprint]);
    const usual = await site(context, erlang);
    await usual.reach('awaiting-commit');
    expect([usual.bench.ucx.counts().restarts, usual.bench.ucx.served()]).toEqual([1, usual.leaf.fingerprint]);
  });

  it('is restarted all the same when it serves the new leaf without its intermediate', async (context) => {
    const stale = await site(context, { erlang: 'old', dials: { picksUpFilesMs: 100 } });
    await stale.reach('awaiting-commit', 'a1', { pickUpSeconds: 3 });
    expect([stale.bench.ucx.counts().restarts, stale.bench.ucx.served()]).toEqual([1, stale.leaf.fingerprint]);
  });
});

it('Apache that a log rotation reloaded between exchange and roll-back goes back too', async (context) => {
  const { bench, factory, reach } = await site(context, { dials: { refusesNewChain: 'down', restartMs: 1_000 } });
  await reach('restarting');
  bench.ucx.rotateLogs();
  await reach('restored');
  expect([bench.ucx.served(), bench.ucx.servedByWeb()]).toEqual([factory, factory]);
});

describe('by hand too', () => {
  const noRestart = {
    profile: { commands: { status: 'service infinity_one status', calls: undefined }, restartTimeoutSeconds: 2 },
  };

  it('a leaf served without its intermediate is found out at once, not at the end of the window', async (context) => {
    const taking = { erlang: 'old' as const, dials: { picksUpFilesMs: 100 } };
    const { bench, activate } = await site(context, { ...taking, ...noRestart });
    const phase = async () => (await activate()).phase;
    await expect.poll(phase, PATIENCE).toMatch(/^(?:restored|down)$/);
    expect(bench.ucx.counts().restarts).toBe(0);
  });

  it('a service that does not come back with the new set is put back on the old one, by another press', async (context) => {
    const { bench, factory, activate } = await site(context, { ...noRestart, dials: { refusesNewChain: 'down' } });
    const seen = async () => {
      const { phase, hand, restarted } = await activate();
      return { phase, hand, restarted };
    };
    await expect.poll(seen, PATIENCE).toEqual({ phase: 'restarting', hand: 'wanted', restarted: false });
    bench.ucx.pressRestart();
    await expect.poll(seen, PATIENCE).toEqual({ phase: 'restoring', hand: 'wanted-back', restarted: true });
    bench.ucx.pressRestart();
    await expect.poll(seen, PATIENCE).toEqual({ phase: 'restored', hand: 'wanted-back', restarted: true });
    expect([bench.ucx.served(), bench.ucx.counts().restarts]).toEqual([factory, 2]);
  });
});
