// A PFX that openssl made, without its intermediate: it arrives on the server complete, proven by openssl.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { IMPORT_ROOT } from '../support/api-world.ts';
import { buy, uploadOf } from '../support/bought-certificates.ts';
import { makePair } from '../support/der-certificates.ts';
import { proveByOpenssl, verifyStrictly } from '../support/openssl-proof.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';

it('is completed from what was served before, installed, and proven', patient, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'import-pfx-'));
  await using run = await SandboxRun.start({
    meet: async ({ ca, route53, ucx, mail, network }) => ({
      ca: { directoryUrl: ca.directoryUrl, tlsRootPem: ca.tlsRootPem, rootPem: IMPORT_ROOT.pem },
      ...{ route53, ucx, mail, network },
    }),
  });
  try {
    const bought = buy([NORTHWIND.hostname], new Date());
    const first = await run.fulfil({ certificate: uploadOf(bought.leaf.pem, bought.intermediate.pem, bought.keyPem) });
    expect(first.state).toBe('done');
    const next = bought.intermediate.issue({
      ...{ names: [NORTHWIND.hostname], pair: makePair('rsa2048'), keyUsage: [0, 2] },
      ...{ notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 80 * 86_400_000) },
    });
    for (const [name, text] of Object.entries({ 'leaf.pem': next.pem, 'key.pem': next.keyPem, pass: 'correct horse' }))
      writeFileSync(join(folder, name), text, { mode: 0o600 });
    const file = (name: string) => join(folder, name);
    execFileSync('openssl', [
      ...['pkcs12', '-export', '-in', file('leaf.pem'), '-inkey', file('key.pem')],
      ...['-out', file('bundle.pfx'), '-passout', `file:${file('pass')}`],
    ]);
    const content = readFileSync(file('bundle.pfx')).toString('base64');
    const certificate = { files: [{ name: 'bundle.pfx', content }], passwords: ['correct horse'] };
    const order = await run.fulfil({ certificate });
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    const question = { name: NORTHWIND.hostname, port: run.outside.ucx.outsidePort, rootPem: IMPORT_ROOT.pem };
    const { chain } = await proveByOpenssl(question);
    expect(chain).toHaveLength(2);
    await verifyStrictly(question, chain);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
