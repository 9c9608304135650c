// Every dial of the UCx, turned under the whole service: old or new set served whole, one restart where one was agreed, the right people told.

import { describe, expect, it } from 'vitest';
import { SshAppliances } from '../../src/adapters/ssh/ssh-appliances.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { openVault } from '../../src/sandbox/sandbox-service.ts';
import { proveServed } from '../../src/sandbox/served-proof.ts';
import type { UcxDials } from '../../src/sandbox/ucx/ucx-dials.ts';
import { checkServer } from '../../src/steps/check-server.ts';
import { expectMatchingFiles, liveFiles, spoilLiveKey } from '../support/live-files.ts';
import { ANA, OPS, patient, SandboxRun } from '../support/sandbox-run.ts';
import { expectUntouched } from '../support/stopped-order.ts';

const profile = { restartTimeoutSeconds: 2 };

describe.concurrent('a new set that cannot be served is rolled back', patient, () => {
  const rows: readonly { when: string; dials: Partial<UcxDials>; restarts: number }[] = [
    { when: 'because InfinityOne stays down with it', dials: { refusesNewChain: 'down' }, restarts: 2 },
    { when: 'because InfinityOne crashes with it', dials: { refusesNewChain: 'crashes' }, restarts: 2 },
    { when: 'because the restart failed', dials: { restartFails: 'once' }, restarts: 2 },
  ];
  it.for(rows)('$when: the old one is served again, customer and ops know', async ({ dials, restarts }) => {
    await using run = await SandboxRun.start({ profile });
    const { ucx } = run.outside;
    const [servedBefore, filesBefore] = [ucx.served(), await liveFiles(ucx)];
    const id = await run.prepare({ windowPolicy: run.onlyOnce });
    await ucx.turn(dials);
    const order = await run.runNow(id);
    expect([order.state, order.problem?.code, order.appointment?.state]).toEqual([
      'needs-attention',
      'activation-rolled-back',
      'rolled-back',
    ]);
    expect(run.effects()).toMatchObject({ restarts, served: servedBefore });
    expect(await liveFiles(ucx)).toEqual(filesBefore);
    expect(await run.told(id)).toEqual([
      `${ANA}: InfinityOne restart`,
      `${OPS}: InfinityOne restart`,
      `${ANA}: InfinityOne restart now`,
      `${OPS}: InfinityOne restart now`,
      `${ANA}: Rolled back`,
      `${OPS}: Rolled back`,
      `${OPS}: Needs a person`,
    ]);
  });

  it('and tried once more: what hindered it is gone, and the same set is served', async () => {
    await using run = await SandboxRun.start({ profile });
    const { ucx } = run.outside;
    const id = await run.prepare();
    const { appointment } = await run.order(id);
    await ucx.turn({ restartFails: 'once' });
    await run.changeRestart(id, 'run-now');
    await run.until(
      id,
      (order) => order.appointment?.id !== appointment?.id && order.appointment?.state === 'announced',
    );
    const order = await run.runNow(id);
    expect(order.state).toBe('done');
    expect(run.effects()).toMatchObject({ finalized: [1], restarts: 3, served: order.fingerprint });
    const told = (await run.told(id)).filter((line) => line.startsWith(ANA)).map((line) => line.slice(ANA.length + 2));
    expect(told).toEqual([
      ...['InfinityOne restart', 'InfinityOne restart now', 'Rolled back'],
      ...['Again: InfinityOne restart', 'InfinityOne restart now', 'Done'],
    ]);
  });

  it('and when InfinityOne comes up with no set at all, the old files are back and ops know it is down', async () => {
    await using run = await SandboxRun.start({ profile });
    const { ucx } = run.outside;
    const filesBefore = await liveFiles(ucx);
    const id = await run.prepare();
    await ucx.turn({ restartFails: 'always' });
    const order = await run.runNow(id);
    expect([order.state, order.problem?.code]).toEqual(['needs-attention', 'service-down']);
    expect(ucx.served()).toBeUndefined();
    expect(await liveFiles(ucx)).toEqual(filesBefore);
    expect((await run.told(id)).at(-1)).toBe(`${OPS}: Needs a person`);
    const mails = await run.mailsAbout(id);
    expect(mails.at(-1)?.text).toContain('service-down');
  });
});

describe.concurrent('the new set is served after one restart although', patient, () => {
  it('the server is slow, and InfinityOne takes a while to come up and picks up replaced files by itself', async () => {
    await using run = await SandboxRun.start({
      dials: { ucx: { slowMs: 20, restartMs: 1_500, picksUpFilesMs: 30 } },
    });
    const { ucx } = run.outside;
    const servedBefore = ucx.served();
    const id = await run.prepare();
    expect(ucx.served()).toBe(servedBefore);
    const order = await run.runNow(id);
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toEqual({ finalized: [1], restarts: 1, served: order.fingerprint });
    await proveServed(NORTHWIND.hostname, ucx.outsidePort, run.outside.ca.rootPem);
  });

  it('SSH is cut while it is staged and while it is activated', async () => {
    await using run = await SandboxRun.start();
    const { ucx } = run.outside;
    const preparing = run.prepare();
    await until(() => run.outside.ca.count('finalize') === 1);
    await ucx.turn({ cutSshAfterBytes: 12_000 });
    const id = await preparing;
    expect(ucx.dials.cutSshAfterBytes).toBeUndefined();
    // look, then begin: the second command of the activating connection
    await ucx.turn({ cutSshAfterCommands: 2 });
    const order = await run.runNow(id);
    expect(ucx.dials.cutSshAfterCommands).toBeUndefined();
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toEqual({ finalized: [1], restarts: 1, served: order.fingerprint });
    expect(await expectMatchingFiles(ucx)).toBe(order.fingerprint);
  });

  it('the server loses its power while it restarts InfinityOne', async () => {
    await using run = await SandboxRun.start({ dials: { ucx: { restartMs: 700, bootMs: 400 } } });
    const { ucx } = run.outside;
    const ending = run.runNow(await run.prepare());
    await until(() => ucx.counts().restarts === 1);
    await ucx.reboot();
    const order = await ending;
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toEqual({ finalized: [1], restarts: 1, served: order.fingerprint });
    expect(ucx.counts().boots).toBe(2);
    expect(await expectMatchingFiles(ucx)).toBe(order.fingerprint);
  });
});

describe.concurrent('an order stops before anything is touched when', patient, () => {
  it('the server shows another host key, and goes on once a person has accepted it', async () => {
    await using run = await SandboxRun.start();
    const { ucx } = run.outside;
    const servedBefore = ucx.served();
    const pinned = ucx.hostKey;
    run.outside.ca.turn({ refuseNames: [NORTHWIND.zone] });
    expect((await run.fulfil()).problem?.code).toBe('ca-name-refused');
    await ucx.turn({ hostKeyChanged: true });
    const stopped = await run.fulfil();
    await expectUntouched(run, stopped, { code: 'host-key-mismatch', servedBefore });
    for (const said of [pinned, ucx.hostKey, 'POST /v1/servers/{hostname}/host-key']) {
      expect(stopped.problem?.message).toContain(said);
    }
    expect((await run.server()).body.hostKey).toBe(pinned);

    const path = `/v1/servers/${NORTHWIND.hostname}/host-key`;
    expect((await run.ask('POST', path, { hostKey: ucx.hostKey })).body).toMatchObject({ hostKey: ucx.hostKey });
    expect((await run.fulfil()).problem?.code).toBe('ca-name-refused');
  });

  it('its disk is full, before the CA is asked, while it is staged, and when the window opens', async () => {
    await using run = await SandboxRun.start({ dials: { ucx: { diskFull: true } } });
    const { ca, ucx } = run.outside;
    const servedBefore = ucx.served();
    await expectUntouched(run, await run.fulfil(), { code: 'server-not-ready', servedBefore });
    expect(ca.count('newOrder')).toBe(0);

    await ucx.turn({ diskFull: false });
    const staging = await run.place();
    await run.until(staging, ({ timeline }) => timeline.some(({ step }) => step === 'place-acme-order'));
    await ucx.turn({ diskFull: true });
    await expectUntouched(run, await run.ended(staging), { code: 'disk-full', servedBefore });

    await ucx.turn({ diskFull: false });
    const activating = await run.prepare();
    await ucx.turn({ diskFull: true });
    const order = await run.runNow(activating);
    expect([order.state, order.problem?.step]).toEqual(['needs-attention', 'activate-certificate']);
    expect(['disk-full', 'activation-refused']).toContain(order.problem?.code);
    expect(run.effects()).toMatchObject({ restarts: 0, served: servedBefore });
    expect((await run.told(activating)).slice(-3)).toEqual([
      `${OPS}: Needs a person`,
      `${ANA}: Off: InfinityOne restart`,
      `${OPS}: Off: InfinityOne restart`,
    ]);
  });

  it('it refuses our SSH key: two attempts over all orders, then none until a person clears it', async () => {
    await using run = await SandboxRun.start({ dials: { ucx: { sshRefuses: true } } });
    const { ucx } = run.outside;
    const servedBefore = ucx.served();
    for (const code of ['ssh-authentication-refused', 'ssh-authentication-refused', 'ssh-stopped', 'ssh-stopped']) {
      await expectUntouched(run, await run.fulfil(), { code, servedBefore });
    }
    expect(ucx.counts()).toMatchObject({ sshAuthFailures: 2, sshConnections: 2, sshBlocked: 0 });
    expect((await run.server()).body.sshStopped).toBe(true);

    await ucx.turn({ sshRefuses: false });
    expect((await run.fulfil()).problem?.code).toBe('ssh-stopped');
    const cleared = await run.ask('POST', `/v1/servers/${NORTHWIND.hostname}/clear-ssh-stop`);
    expect([cleared.status, cleared.body.sshStopped]).toEqual([200, false]);
    await run.issued(await run.place());
    expect(ucx.counts().sshAuthFailures).toBe(2);
  });

  it('its live key and certificate do not belong together: a restart would take it down', async () => {
    await using run = await SandboxRun.start();
    const { ca, ucx } = run.outside;
    const servedBefore = ucx.served();
    await spoilLiveKey(ucx);
    await expectUntouched(run, await run.fulfil(), { code: 'server-not-ready', servedBefore });
    expect(ca.count('newOrder')).toBe(0);
  });
});

describe.concurrent('SSH that cannot be reached', patient, () => {
  it('is tried again later, and spends nothing at the CA meanwhile', async () => {
    await using run = await SandboxRun.start({ dials: { ucx: { sshUnreachable: 'refused' } } });
    const { ca, ucx } = run.outside;
    const id = await run.place();
    const waiting = await run.until(id, ({ timeline }) =>
      timeline.some(({ step, problem }) => step === 'check-server' && problem?.code === 'server-unreachable'),
    );
    expect([waiting.state, ca.count('newOrder')]).toEqual(['working', 0]);
    await ucx.turn({ sshUnreachable: 'no' });
    const order = await run.issued(id);
    expect(order.timeline.find(({ step }) => step === 'check-server')?.attempts).toBeGreaterThan(1);
    expect(ucx.counts().sshAuthFailures).toBe(0);
  });

  it('and says nothing at all ends at our deadline', async () => {
    await using run = await SandboxRun.start({ dials: { ucx: { diskFull: true } } });
    const { network, ucx } = run.outside;
    const { id } = await run.fulfil();
    await ucx.turn({ sshUnreachable: 'silent' });
    const { sshKey } = await openVault(`${run.folder}/service`);
    const options = { network, privateKeys: async () => sshKey, now: () => new Date(), timeoutMs: 300 };
    const services = { ...run.service.services, appliances: new SshAppliances(options) };
    const result = await checkServer(run.stepInput(id), services);
    expect(result).toMatchObject({ kind: 'problem', problem: { code: 'server-unreachable', retry: 'later' } });
  });
});

async function until(holds: () => boolean): Promise<void> {
  const endsAt = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > endsAt) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
