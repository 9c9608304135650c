// The second endpoint over the whole service: Apache on the same files, well, unfit, unwilling and deaf.

import { describe, expect, it } from 'vitest';
import { OPS, patient, SandboxRun } from '../support/sandbox-run.ts';

const LOOK = `${OPS}: Look at Apache`;

describe.concurrent('Apache', patient, () => {
  it('serves the new certificate too, is told in the proof, and shown with the server', async () => {
    await using run = await SandboxRun.start();
    const order = await run.fulfil();
    expect([order.state, run.outside.ucx.servedByWeb()]).toEqual(['done', order.fingerprint]);
    const proof = order.timeline.find(({ step }) => step === 'settle-activation')?.summary;
    expect(proof).toMatch(/; web administration serves a trusted certificate until /);
    expect((await run.server()).body).toMatchObject({ web: { fingerprint: order.fingerprint, trusted: true } });
    expect(await run.told(order.id)).not.toContain(LOOK);
  });

  it('that was broken before is left alone, and a person hears of it; so is one that takes no reload', async () => {
    for (const dials of [{ webUnfit: true }, { webKeepsOld: true }]) {
      await using run = await SandboxRun.start({ dials: { ucx: dials } });
      const order = await run.fulfil();
      expect([order.state, run.effects().served, run.effects().restarts]).toEqual(['done', order.fingerprint, 1]);
      expect(run.outside.ucx.servedByWeb()).not.toBe(order.fingerprint);
      expect(await run.told(order.id)).toContain(LOOK);
    }
  });

  it('that would not load the new set stops the order before anything is restarted', async () => {
    await using run = await SandboxRun.start({ dials: { ucx: { webRefusesNewSet: true } } });
    const factory = run.effects().served;
    const order = await run.fulfil();
    expect(order.problem).toMatchObject({ code: 'activation-refused', message: 'Apache would not load the new set' });
    expect(run.effects()).toMatchObject({ restarts: 0, served: factory });
  });
});
