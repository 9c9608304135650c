// Restarts answered from the mail, over the whole service: the link is taken out of the mail as a person does, read as scanners do, and pressed.

import { describe, expect, it } from 'vitest';
import { ANA, OPS, patient, SandboxRun } from '../support/sandbox-run.ts';

const ASKED_FIRST = { confirmation: 'contact', minimumNoticeSeconds: 3600 } as const;

/** The link of the latest mail to that person about the order. */
async function linkOf(run: SandboxRun, id: string, to: string): Promise<string> {
  const mails = (await run.mailsAbout(id)).filter((mail) => mail.to === to);
  const link = mails
    .map(({ text }) => /^https?:\/\/\S+\/a\/\S+$/m.exec(text)?.[0])
    .findLast((one) => one !== undefined);
  if (link === undefined) throw new Error(`no link to ${to}`);
  return link;
}

async function press(link: string, fields: Record<string, string>): Promise<{ status: number; text: string }> {
  const page = await fetch(link, {
    method: 'POST',
    body: new URLSearchParams(fields),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: page.status, text: await page.text() };
}

async function prepared(run: SandboxRun, policy: object = {}): Promise<string> {
  return run.prepare({ windowPolicy: { ...run.policy, ...ASKED_FIRST, ...policy } });
}

describe.concurrent('with the link in a mail', patient, () => {
  it('a contact restarts it now; reading it, however often, had changed nothing', async () => {
    await using run = await SandboxRun.start();
    const id = await prepared(run);
    const link = await linkOf(run, id, ANA);
    for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(link, { method })).status).toBe(200);
    expect((await run.order(id)).appointment).toMatchObject({ state: 'announced' });
    const pressed = await press(link, { act: 'run-now' });
    expect([pressed.status, pressed.text.includes('This link was used to restart now')]).toEqual([200, true]);
    const order = await run.ended(id);
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toMatchObject({ restarts: 1, served: order.fingerprint });
    // The page says to the end how it stands, and does nothing more.
    expect((await press(link, { act: 'cancel' })).status).toBe(409);
    expect(await (await fetch(link)).text()).toContain('The restart is done: InfinityOne serves its new certificate.');
    expect(await run.log()).not.toContain(new URL(link).pathname);
  });

  it('our own people confirm and the contact moves it afterwards, to a moment the page offers', async () => {
    await using run = await SandboxRun.start();
    const id = await prepared(run, { confirmation: 'ops' });
    expect((await press(await linkOf(run, id, ANA), { act: 'confirm' })).status).toBe(400);
    await press(await linkOf(run, id, OPS), { act: 'confirm' });
    expect((await run.order(id)).appointment).toMatchObject({ state: 'confirmed' });
    const link = await linkOf(run, id, ANA);
    const offers = [...(await (await fetch(link)).text()).matchAll(/name="opensAt" value="([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    const opensAt = offers.at(-1) ?? '';
    expect((await press(link, { act: 'move', opensAt })).status).toBe(200);
    const moved = await run.until(
      id,
      ({ appointment }) => appointment?.opensAt === opensAt && appointment.state === 'announced',
    );
    expect(moved.notices.map(({ kind }) => kind)).toContain('restart-moved');
    expect((await press(link, { act: 'cancel' })).status).toBe(409);
    const latest = await linkOf(run, id, ANA);
    expect(latest).not.toBe(link);
    expect((await press(latest, { act: 'cancel' })).status).toBe(200);
    expect((await run.ended(id)).state).toBe('cancelled');
    expect(run.effects().restarts).toBe(0);
  });
});
