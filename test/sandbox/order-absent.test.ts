// InfinityOne not installed yet, over the whole service: the web administration serves first, then the installation finds the files.

import { expect, it } from 'vitest';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

it('a server without InfinityOne serves on 443, rests, and is done when InfinityOne comes', patient, async () => {
  await using run = await SandboxRun.start({
    dials: { ucx: { infinityOneAbsent: true } },
    profile: { infinityOne: 'absent' },
  });
  const { ucx } = run.outside;
  const id = await run.place();
  const resting = await run.until(id, ({ state }) => state === 'web-served' || state === 'needs-attention');
  expect([resting.state, ucx.servedByWeb(), ucx.served()]).toEqual(['web-served', resting.fingerprint, undefined]);
  expect(ucx.counts()).toMatchObject({ restarts: 0, webReloads: 1 });
  await ucx.installInfinityOne();
  expect(ucx.served()).toBe(resting.fingerprint);
  const cancelled = await run.ask('POST', `/v1/orders/${id}/cancel`);
  expect(cancelled.status).toBe(200);
  expect((await run.ended(id)).state).toBe('cancelled');
  // Another order now finds InfinityOne there: nothing is left of the rest.
  const next = await run.fulfil();
  expect([next.state, ucx.served()]).toEqual(['done', next.fingerprint]);
});

it(
  'a server whose profile still says absent while InfinityOne runs is given a window like every other',
  patient,
  async () => {
    await using run = await SandboxRun.start({
      profile: { infinityOne: 'absent' },
      dials: { ucx: { picksUpFilesMs: 100 } },
    });
    const { ucx } = run.outside;
    const factory = ucx.served();
    const id = await run.prepare();
    expect([(await run.order(id)).state, ucx.served(), ucx.servedByWeb()]).toEqual([
      'awaiting-window',
      factory,
      factory,
    ]);
    const order = await run.runNow(id);
    expect([order.state, ucx.served()]).toEqual(['done', order.fingerprint]);
  },
);
