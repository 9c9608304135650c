// Every dial of the mail server, turned under the whole service: no restart of which nobody was told, and no notice told twice.

import { describe, expect, it } from 'vitest';
import { SmtpMail } from '../../src/adapters/mail/smtp-mail.ts';
import type { MailDials } from '../../src/sandbox/mail-server.ts';
import { sendNotice } from '../../src/steps/send-notice.ts';
import { ANA, OPS, patient, SandboxRun } from '../support/sandbox-run.ts';

const BEN = 'ben@northwind.test';
const contacts = [
  { name: 'Ana', email: ANA },
  { name: 'Ben', email: BEN },
];

describe.concurrent('the restart', patient, () => {
  it('does not happen when no contact can be told: ops know, the old certificate stays served', async () => {
    await using run = await SandboxRun.start({ dials: { mail: { refuse: new Set([ANA]) } } });
    const servedBefore = run.outside.ucx.served();
    const order = await run.fulfil();
    expect([order.state, order.problem?.code, order.appointment?.state]).toEqual([
      'needs-attention',
      'nobody-told',
      'missed',
    ]);
    expect(run.effects()).toMatchObject({ restarts: 0, served: servedBefore });
    expect(await run.told(order.id)).toEqual([`${OPS}: InfinityOne restart`, `${OPS}: Needs a person`]);
    expect(order.notices.filter(({ to, deliveredAt }) => to === ANA && deliveredAt !== undefined)).toEqual([]);
  });

  it('does not happen either when the mail is taken over and comes back', async () => {
    await using run = await SandboxRun.start({ dials: { mail: { bounce: new Set([ANA]) } } });
    const servedBefore = run.outside.ucx.served();
    const order = await run.ended(await run.prepare());
    expect([order.state, order.problem?.code]).toEqual(['needs-attention', 'nobody-told']);
    expect(run.effects()).toMatchObject({ restarts: 0, served: servedBefore });
    expect([...(await run.told(order.id))].sort()).toEqual([
      ...[`${ANA}: InfinityOne restart`, `${OPS}: InfinityOne restart`],
      ...[`${OPS}: Mail came back: a contact of`, `${OPS}: Needs a person`],
    ]);
    const { notices } = await run.order(order.id);
    const ofAna = (await run.ask('GET', `/v1/orders/${order.id}`)).body.notices;
    expect(notices).toHaveLength(4);
    expect(ofAna).toContainEqual(expect.objectContaining({ to: ANA, bouncedAt: expect.any(String) }));
  });

  it('happens when one contact of two can be told', async () => {
    await using run = await SandboxRun.start({ dials: { mail: { refuse: new Set([ANA]) } } });
    const order = await run.fulfil({ contacts });
    expect([order.state, run.effects().restarts]).toEqual(['done', 1]);
    expect(await run.told(order.id)).toEqual([
      `${BEN}: InfinityOne restart`,
      `${OPS}: InfinityOne restart`,
      `${BEN}: InfinityOne restart now`,
      `${OPS}: InfinityOne restart now`,
      `${BEN}: Done`,
      `${OPS}: Done`,
    ]);
  });
});

describe.concurrent('people told too late', patient, () => {
  it('are not restarted on: another window is chosen, which leaves them the notice', async () => {
    await using run = await SandboxRun.start({ dials: { mail: { delayMs: 2_500 } } });
    const id = await run.place();
    await run.until(id, ({ appointment }) => appointment?.id === `${id}-a2`);
    run.outside.mail.dials.delayMs = 0;
    const order = await run.ended(id);
    expect([order.state, run.effects().restarts]).toEqual(['done', 1]);
    const told = await run.told(id);
    expect(told.slice(0, 2)).toEqual([`${ANA}: InfinityOne restart`, `${OPS}: InfinityOne restart`]);
    expect(told).toContain(`${ANA}: Postponed: InfinityOne restart`);
    const missed = order.timeline.filter(({ summary }) => summary === 'missed: missed');
    expect(missed.length).toBeGreaterThanOrEqual(1);
  });
});

describe.concurrent('a notice is told, once to each person, when the mail server', patient, () => {
  const rows: readonly { when: string; mail: Partial<MailDials> }[] = [
    { when: 'puts off everyone at first', mail: { greylist: true } },
    { when: 'takes its time over each message', mail: { delayMs: 200 } },
    { when: 'breaks off before it says 250', mail: { loseAnswers: 1 } },
  ];
  it.for(rows)('$when', async ({ mail }) => {
    await using run = await SandboxRun.start({ dials: { mail } });
    const id = await run.prepare();
    const order = await run.order(id);
    expect(await run.told(id)).toEqual([`${ANA}: InfinityOne restart`, `${OPS}: InfinityOne restart`]);
    expect(order.notices.map(({ to }) => to).sort()).toEqual([ANA, OPS]);
    const repeats = mail.loseAnswers ?? 0;
    expect(await run.mailsAbout(id)).toHaveLength(2 + repeats);
  });
});

describe.concurrent('a mail server that hangs', patient, () => {
  it.for(['at-greeting', 'after-message'] as const)(
    '%s ends at our deadline and is tried again later',
    async (hang) => {
      await using run = await SandboxRun.start({ dials: { ca: { refuseNames: ['test'] } } });
      const { id } = await run.fulfil();
      const { mail } = run.outside;
      const services = {
        ...run.service.services,
        mail: new SmtpMail({
          host: '127.0.0.1',
          port: mail.port,
          tls: 'none',
          from: 'us@emetrotel.test',
          timeoutMs: 300,
        }),
      };
      const notice = { ...run.stepInput(id), notice: 'look-outside' } as const;
      mail.dials.hang = hang;
      const result = await sendNotice(notice, services);
      expect(result).toMatchObject({ kind: 'problem', problem: { code: 'mail-not-delivered', retry: 'later' } });
      mail.dials.hang = 'no';
      expect(await sendNotice(notice, run.service.services)).toMatchObject({ kind: 'done' });
      expect((await run.told(id)).filter((told) => told.endsWith('Look from outside'))).toHaveLength(1);
    },
  );
});
