// A certificate of several names, renewed because its CA says so: advice, order, `replaces`, restart window and proof, all of it real.

import { expect, it } from 'vitest';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { proveServed } from '../../src/sandbox/served-proof.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

const SECOND = 'phones.northwind.test';

interface ListedOrder {
  readonly id: string;
  readonly reason: string;
}

async function renewals(run: SandboxRun): Promise<readonly ListedOrder[]> {
  const { body } = await run.ask('GET', '/v1/orders');
  return (body.orders as readonly ListedOrder[]).filter(({ reason }) => reason === 'renew');
}

it('is ordered once, replaces the leaf before it, and is served for all its names', patient, async () => {
  await using run = await SandboxRun.start({ dials: { ca: { suggestedWindow: 'past', letsEncryptLimits: true } } });
  const { ca, ucx } = run.outside;
  const first = await run.ended(await run.place({ alternativeNames: [SECOND] }));
  expect([first.state, first.problem]).toEqual(['done', undefined]);

  await expect.poll(() => renewals(run), { timeout: 60_000, interval: 150 }).toHaveLength(1);
  ca.turn({ suggestedWindow: 'lifetime' });
  const [renewal] = await renewals(run);
  const second = await run.ended(renewal?.id ?? '');

  expect([second.state, second.problem]).toEqual(['done', undefined]);
  expect(second.fingerprint).not.toBe(first.fingerprint);
  expect(run.effects()).toMatchObject({ finalized: [1, 1], restarts: 2, served: second.fingerprint });
  for (const name of [NORTHWIND.hostname, SECOND]) {
    const proof = await proveServed(name, ucx.outsidePort, ca.rootPem);
    expect(proof.fingerprint.replaceAll(':', '').toLowerCase()).toBe(second.fingerprint);
  }
  expect(ca.replaced()).toHaveLength(1);
  await expect
    .poll(async () => (await run.server()).body.certificate, { timeout: 30_000, interval: 150 })
    .toMatchObject({
      orderId: second.id,
      fingerprint: second.fingerprint,
      renewal: { rule: 'ari', failures: 0, suggestedWindow: expect.anything() },
    });
  expect(await renewals(run)).toHaveLength(1);
});
