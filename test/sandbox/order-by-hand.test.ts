// A profile without a restart command: the files are exchanged in the window, a person presses the button, and only what is served counts.

import { describe, expect, it } from 'vitest';
import type { ConnectionProfile } from '../../src/ports/appliances.ts';
import { ANA, patient, SandboxRun } from '../support/sandbox-run.ts';

const commands: ConnectionProfile['commands'] = { status: 'service infinity_one status', calls: 'asterisk-calls' };

describe.concurrent('a restart by hand', patient, () => {
  it('is asked for by mail, believed on the wire alone, and looked at as soon as somebody says it is done', async () => {
    await using run = await SandboxRun.start({ profile: { commands } });
    const { ucx } = run.outside;
    const factory = ucx.served();
    const id = await run.prepare();
    await run.changeRestart(id, 'run-now');
    await run.until(id, ({ notices }) =>
      notices.some(
        ({ kind, to, deliveredAt }) => kind === 'restart-by-hand' && to === ANA && deliveredAt !== undefined,
      ),
    );
    const mail = (await run.mailsAbout(id)).findLast(
      ({ to, subject }) => to === ANA && subject.startsWith('Please restart InfinityOne'),
    );
    expect(mail?.text).toContain('Administration, General, RESTART THE SERVER.');
    const link = /^https?:\/\/\S+\/a\/\S+$/m.exec(mail?.text ?? '')?.[0] ?? '';
    const press = () => fetch(link, { method: 'POST', body: new URLSearchParams({ act: 'done' }) });
    // Said too early: nothing is believed, and it can be said again; over and over it changes nothing.
    expect((await press()).status).toBe(200);
    await press();
    const { body } = await run.ask('GET', `/v1/orders/${id}`);
    expect(
      (body.appointment as { answers: { act: string }[] }).answers.filter(({ act }) => act === 'done'),
    ).toHaveLength(1);
    expect([ucx.served(), (await run.order(id)).state]).toEqual([factory, 'activating']);
    ucx.pressRestart();
    const { fingerprint } = await run.order(id);
    await expect.poll(() => ucx.served(), { timeout: 20_000 }).toBe(fingerprint);
    await press();
    const order = await run.ended(id);
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toMatchObject({ restarts: 1, served: order.fingerprint });
  });
});
