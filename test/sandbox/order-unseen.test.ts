// A healthy system is never restarted because we cannot see it: each way in which inside and outside can be right, wrong or out of sight.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { SandboxUcx } from '../../src/sandbox/ucx/sandbox-ucx.ts';
import type { UcxDials } from '../../src/sandbox/ucx/ucx-dials.ts';
import { activationPhase, expectMatchingFiles, liveFiles, livePaths } from '../support/live-files.ts';
import { ANA, OPS, patient, SandboxRun } from '../support/sandbox-run.ts';

describe.concurrent('inside is right, so the new set is kept, and ops are told that', patient, () => {
  const rows: readonly { when: string; before: Partial<UcxDials>; after: Partial<UcxDials>; told: string }[] = [
    {
      when: 'outside is out of reach, as before',
      before: { unreachableOutside: true },
      after: {},
      told: 'was not reachable before and is not now',
    },
    {
      when: 'outside is out of reach, unlike before',
      before: {},
      after: { unreachableOutside: true },
      told: 'was reachable before and is not now',
    },
    {
      when: 'outside another certificate is served',
      before: { otherServerOutside: true },
      after: {},
      told: 'outside another one',
    },
  ];
  it.for(rows)('$when', async ({ before, after, told }) => {
    await using run = await SandboxRun.start({ dials: { ucx: { restartMs: 500, ...before } } });
    const { ucx } = run.outside;
    const id = await run.prepare();
    const ending = run.runNow(id);
    await until(() => ucx.counts().restarts === 1);
    await ucx.turn(after);
    const order = await ending;
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toEqual({ finalized: [1], restarts: 1, served: order.fingerprint });
    expect(await run.told(id)).toEqual([
      `${ANA}: InfinityOne restart`,
      `${OPS}: InfinityOne restart`,
      `${ANA}: InfinityOne restart now`,
      `${OPS}: InfinityOne restart now`,
      `${ANA}: Done`,
      `${OPS}: Done`,
      `${OPS}: Look from outside`,
    ]);
    expect((await run.mailsAbout(id)).at(-1)?.text).toContain(told);
  });
});

describe.concurrent('inside is out of sight', patient, () => {
  it('right after the restart: the server keeps what it proves itself, and the order ends done once we see it again', async () => {
    await using run = await SandboxRun.start({
      dials: { ucx: { restartMs: 500 } },
      profile: { commitTimeoutSeconds: 2 },
    });
    const { ucx } = run.outside;
    const id = await run.prepare();
    const ending = run.runNow(id);
    await until(() => ucx.counts().restarts === 1);
    await ucx.turn({ sshUnreachable: 'refused' });
    ucx.cutSsh();
    await until(async () => (await activationPhase(ucx)) === 'awaiting-commit kept');
    expect((await run.order(id)).state).toBe('activating');
    await ucx.turn({ sshUnreachable: 'no' });
    const order = await ending;
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toEqual({ finalized: [1], restarts: 1, served: order.fingerprint });
    expect(await expectMatchingFiles(ucx)).toBe(order.fingerprint);
  });

  it('right after the restart, because InfinityOne is stopped by hand: we look again, and restart nothing for that', async () => {
    await using run = await SandboxRun.start({
      dials: { ucx: { restartMs: 500 } },
      profile: { commitTimeoutSeconds: 60 },
    });
    const { ucx } = run.outside;
    const id = await run.prepare();
    const ending = run.runNow(id);
    await until(() => ucx.counts().restarts === 1);
    await ucx.turn({ sshUnreachable: 'refused' });
    ucx.cutSsh();
    await until(async () => (await activationPhase(ucx)) === 'awaiting-commit');
    await service(ucx, 'stop');
    await ucx.turn({ sshUnreachable: 'no' });
    await run.until(id, ({ timeline }) =>
      timeline.some(
        ({ step, summary }) => step === 'settle-activation' && summary?.includes('could not be reached') === true,
      ),
    );
    await service(ucx, 'start');
    const order = await ending;
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toEqual({ finalized: [1], restarts: 1, served: order.fingerprint });
  });

  it('when the window opens, because SSH is: nothing is restarted until it can be seen', async () => {
    await using run = await SandboxRun.start();
    const { ucx } = run.outside;
    const servedBefore = ucx.served();
    const id = await run.prepare();
    await ucx.turn({ sshUnreachable: 'refused' });
    const ending = run.runNow(id);
    await run.until(id, ({ timeline }) =>
      timeline.some(({ step, problem }) => step === 'activate-certificate' && problem?.code === 'server-unreachable'),
    );
    expect(run.effects()).toMatchObject({ restarts: 0, served: servedBefore });
    await ucx.turn({ sshUnreachable: 'no' });
    const order = await ending;
    expect([order.state, run.effects().restarts, run.effects().served]).toEqual(['done', 1, order.fingerprint]);
  });

  it('when the window opens, because InfinityOne is down: there is no baseline, so there is no restart', async () => {
    await using run = await SandboxRun.start();
    const { ucx } = run.outside;
    const filesBefore = await liveFiles(ucx);
    const id = await run.prepare();
    await service(ucx, 'stop');
    await run.changeRestart(id, 'run-now');
    const order = await run.until(id, ({ timeline }) =>
      timeline.some(({ step, endedAt }) => step === 'activate-certificate' && endedAt !== undefined),
    );
    expect(order.timeline.find(({ step }) => step === 'activate-certificate')?.summary).toContain(
      'nothing is restarted',
    );
    expect([order.state, ucx.counts().restarts, await liveFiles(ucx)]).toEqual(['awaiting-window', 0, filesBefore]);
  });

  it('when the order comes, because InfinityOne is down: it is not ours to start', async () => {
    await using run = await SandboxRun.start();
    const { ca, ucx } = run.outside;
    const servedBefore = ucx.served();
    await service(ucx, 'stop');
    const order = await run.fulfil();
    expect(order.problem).toMatchObject({
      code: 'server-not-ready',
      message: expect.stringContaining('start it first'),
    });
    expect([ca.count('newOrder'), ucx.counts().restarts, ucx.served()]).toEqual([0, 0, undefined]);
    await service(ucx, 'start');
    await until(() => ucx.served() !== undefined);
    expect(ucx.served()).toBe(servedBefore);
  });
});

describe.concurrent('inside is wrong', patient, () => {
  it('after the restart: the old set is put back, and everybody is told', async () => {
    await using run = await SandboxRun.start({
      dials: { ucx: { restartMs: 500 } },
      profile: { commitTimeoutSeconds: 60 },
    });
    const { ucx } = run.outside;
    const servedBefore = ucx.served();
    const factory = await liveFiles(ucx);
    const id = await run.prepare({ windowPolicy: run.onlyOnce });
    const ending = run.runNow(id);
    await until(() => ucx.counts().restarts === 1);
    await ucx.turn({ sshUnreachable: 'refused' });
    ucx.cutSsh();
    await until(async () => (await activationPhase(ucx)) === 'awaiting-commit');
    // somebody restores a backup of the day before while nobody of us can look
    const paths = await livePaths(ucx);
    await writeFile(paths.certificate, factory.certificate);
    await writeFile(paths.key, factory.key);
    await service(ucx, 'restart');
    await until(() => ucx.served() === servedBefore);
    await ucx.turn({ sshUnreachable: 'no' });
    const order = await ending;
    expect([order.state, order.problem?.code]).toEqual(['needs-attention', 'activation-rolled-back']);
    expect(ucx.served()).toBe(servedBefore);
    expect(await expectMatchingFiles(ucx)).toBe(servedBefore);
    expect((await run.told(id)).slice(4)).toEqual([
      `${ANA}: Rolled back`,
      `${OPS}: Rolled back`,
      `${OPS}: Needs a person`,
    ]);
  });
});

/** As an administrator types it on the server. */
async function service(ucx: SandboxUcx, verb: 'stop' | 'start' | 'restart'): Promise<void> {
  await promisify(execFile)('sh', ['-c', `service infinity_one ${verb}`], { env: { ...ucx.env } });
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > endsAt) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
