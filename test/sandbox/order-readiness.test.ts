// The readiness report over the whole service: before a certificate, after it, and with the world against it.

import { expect, it } from 'vitest';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

const PATH = `/v1/servers/${NORTHWIND.hostname}/readiness`;

async function report(run: SandboxRun) {
  const asked = await run.ask('POST', PATH);
  expect(asked.status).toBe(202);
  for (let look = 0; look < 400; look += 1) {
    const { status, body } = await run.ask('GET', PATH);
    if (status === 200)
      return body as { verdicts: Record<string, string>; findings: { code: string; sentence: string }[] };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no report');
}

const STANDING = ['bypass-unseen', 'transparency-unseen', 'rtp-unseen', 'public-ip-field'];

it(
  'a server is set up by the script the service writes for it, and with its new certificate lets everybody in',
  patient,
  async () => {
    await using run = await SandboxRun.start();
    const setup = await run.ask('GET', `/v1/servers/${NORTHWIND.hostname}/setup?profile=ucx-ssh`);
    expect([setup.status, setup.body.script]).toEqual([200, expect.stringContaining('permitopen="127.0.0.1:21326"')]);
    expect((await run.fulfil()).state).toBe('done');
    const { verdicts, findings } = await report(run);
    expect(verdicts).toEqual({ iphone: 'yes', android: 'yes', browser: 'yes', desktop: 'yes' });
    expect(findings.map(({ code }) => code)).toEqual(STANDING);
  },
);

it(
  'a server as it leaves the factory, upgraded by address and behind a firewall that knows no Canada, lets no phone in, and says why',
  patient,
  async () => {
    const dials = { siteUrl: 'https://192.168.1.200:21326', pushBlocked: true };
    await using run = await SandboxRun.start({ dials: { ucx: dials } });
    const order = await run.obtain();
    expect(order.warnings).toEqual([expect.stringContaining('is the address 192.168.1.200')]);
    expect(await run.told(order.id)).toContain('ana@northwind.test: Names to change');
    const { verdicts, findings } = await report(run);
    expect(verdicts).toEqual({ iphone: 'no', android: 'no', browser: 'no', desktop: 'yes' });
    expect(findings.map(({ code }) => code)).toEqual(['chain-untrusted', 'site-url', 'push-blocked', ...STANDING]);
  },
);
