// The main job, in a world as hostile as `npm start` meets it: from an order over HTTP to a strict client's handshake.

import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultCaDials } from '../../src/sandbox/ca/ca-dials.ts';
import type { OrderAnswer } from '../../src/sandbox/order-client.ts';
import { defaultRoute53Dials } from '../../src/sandbox/route53/route53-dials.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { expectMatchingFiles } from '../support/live-files.ts';
import { readCalendar } from '../support/read-calendar.ts';
import { ANA, OPS, patient, SandboxRun } from '../support/sandbox-run.ts';

/** In the order in which they begin; looks at the appointment that lead to another wait are left out. */
const STORY = [
  'register-order',
  'check-server',
  'check-names',
  'set-address',
  'place-acme-order',
  'answer-challenges',
  'finalize-acme-order',
  'stage-certificate',
  'clean-up-challenges',
  'plan-appointment',
  'send-notice',
  'activate-certificate',
  'settle-activation',
  'keep-certificate',
  'close-order',
  'send-notice',
];

describe('an order', patient, () => {
  let run: SandboxRun;
  let servedBefore: string | undefined;
  let order: OrderAnswer;

  beforeAll(async () => {
    const dials = { ca: defaultCaDials, route53: defaultRoute53Dials, ucx: { restartMs: 300 } };
    run = await SandboxRun.start({ dials });
    const { ucx } = run.outside;
    servedBefore = ucx.served();
    ucx.setCalls(0);
    order = await run.ended(await run.place());
  }, 120_000);

  afterAll(() => run?.close());

  it('ends done, with a certificate that a strict client accepts for the name', async () => {
    expect([order.state, order.problem, order.warnings]).toEqual(['done', undefined, []]);
    const { leaf, authorized } = await handshake(run);
    expect(authorized).toBe(true);
    expect(leaf.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(order.fingerprint);
    expect(leaf.subjectAltName).toBe(`DNS:${NORTHWIND.hostname}`);
    expect([leaf.publicKey.asymmetricKeyType, leaf.publicKey.asymmetricKeyDetails?.modulusLength]).toEqual([
      'rsa',
      2048,
    ]);
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBeCloseTo(90 * 86_400_000, -8);
    expect(order.fingerprint).not.toBe(servedBefore);
  });

  it('did once what must happen once, and left the world in order', async () => {
    expect(run.effects()).toEqual({ finalized: [1], restarts: 1, served: order.fingerprint });
    const { route53, ucx } = run.outside;
    expect(await expectMatchingFiles(ucx)).toBe(order.fingerprint);
    expect(ucx.counts()).toMatchObject({ sshAuthFailures: 0, failedStarts: 0, boots: 1 });
    expect(route53.heldValues(NORTHWIND.hostname, 'A')).toEqual([NORTHWIND.publicIp]);
    expect(route53.heldValues(`_acme-challenge.${NORTHWIND.hostname}`, 'TXT')).toEqual([]);
  });

  it('tells its story step by step, each with its end', () => {
    const told = order.timeline.filter(({ step }) => !['review-appointment', 'await-appointment'].includes(step));
    const without = told.filter(({ step, visit }) => !(step === 'send-notice' && visit > 1001 && visit < 1900));
    expect(without.map(({ step }) => step)).toEqual(expect.arrayContaining(STORY));
    expect(told.map(({ step }) => step).slice(0, 9)).toEqual(STORY.slice(0, 9));
    for (const { step, state, startedAt, endedAt, summary, attempts } of order.timeline) {
      expect({ step, state, summary }).toEqual({ step, state: 'done', summary: expect.stringMatching(/./) });
      expect(Date.parse(endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt));
      expect(attempts).toBeGreaterThanOrEqual(1);
    }
  });

  it('told the customer and ops of the restart before it, and of its end', async () => {
    const told = (await run.told(order.id)).filter((one) => !one.includes('Postponed'));
    expect(told).toEqual([
      `${ANA}: InfinityOne restart`,
      `${OPS}: InfinityOne restart`,
      `${ANA}: Done`,
      `${OPS}: Done`,
    ]);
    const mails = await run.mailsAbout(order.id);
    expect(mails[0]?.subject).toContain('(Etc/UTC)');
    expect(mails[0]?.text).toContain(`Server: ${NORTHWIND.hostname}, site port ${NORTHWIND.sitePort}`);
    expect(mails[0]?.html).toContain(`<th scope="row">Server</th><td>${NORTHWIND.hostname},`);
    expect(mails[0]?.calendar).toMatchObject({ method: 'PUBLISH', file: 'restart.ics' });
    expect(readCalendar(mails[0]?.calendar?.content ?? '')).toMatchObject({
      uid: `${order.id}@certificates.emetrotel.test`,
      organizer: 'mailto:certificates@emetrotel.test',
      location: NORTHWIND.hostname,
    });
    const restartedAt = order.timeline.find(({ step }) => step === 'activate-certificate')?.startedAt ?? '';
    expect(mails[0]?.at.getTime()).toBeLessThan(Date.parse(restartedAt));
    expect([...(await run.outside.mail.mails.counts()).values()].filter((times) => times !== 1)).toEqual([]);
    expect(order.notices.every(({ deliveredAt }) => deliveredAt !== undefined)).toBe(true);
  });

  it('leaves the server free for the next one, which replaces a trusted certificate with an EC one', async () => {
    const { body } = await run.server();
    expect(body).toMatchObject({ served: { fingerprint: order.fingerprint, trusted: true }, sshStopped: false });
    expect(body.openOrderId).toBeUndefined();
    const next = await run.fulfil({ keyType: 'ec-p256' });
    const { leaf } = await handshake(run);
    expect([next.state, leaf.publicKey.asymmetricKeyType]).toEqual(['done', 'ec']);
    expect(run.effects()).toEqual({ finalized: [1, 1], restarts: 2, served: next.fingerprint });
  });
});

/** A client of our own, so that nothing of the service proves itself. */
async function handshake(run: SandboxRun) {
  const { ca, ucx } = run.outside;
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const client = connect({
      host: '127.0.0.1',
      port: ucx.outsidePort,
      servername: NORTHWIND.hostname,
      ca: ca.rootPem,
      timeout: 5_000,
    });
    client.once('secureConnect', () => resolve(client)).once('error', reject);
  });
  const leaf = socket.getPeerX509Certificate();
  socket.destroy();
  if (leaf === undefined) throw new Error('no certificate');
  return { leaf, authorized: socket.authorized };
}
