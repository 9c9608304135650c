// The customer's own certificate over the whole service: over HTTP in, over SSH onto the server, seen on the wire; its key nowhere else.

import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { IMPORT_ROOT } from '../support/api-world.ts';
import { type Bought, buy, uploadOf } from '../support/bought-certificates.ts';
import { makePair } from '../support/der-certificates.ts';
import { livePaths } from '../support/live-files.ts';
import { patient, SandboxRun } from '../support/sandbox-run.ts';
import { filesBelow, findIn, textSecret } from '../support/secret-search.ts';

/** Phones here trust the authority that certificates are bought from, instead of the sandbox's own. */
function start(): Promise<SandboxRun> {
  return SandboxRun.start({
    meet: async (outside) => {
      const { directoryUrl, tlsRootPem } = outside.ca;
      const { route53, ucx, mail, network } = outside;
      return { ca: { directoryUrl, tlsRootPem, rootPem: IMPORT_ROOT.pem }, route53, ucx, mail, network };
    },
  });
}

const uploadAll = ({ leaf, intermediate, keyPem }: Bought) => uploadOf(leaf.pem, intermediate.pem, keyPem);

/** Every file of the service and of the world around it, but for the vault and the server's own key files. */
async function expectNowhere(run: SandboxRun, keyPem: string): Promise<void> {
  const [, line = ''] = keyPem.split('\n');
  const found = [];
  for (const file of await filesBelow(run.folder)) {
    if (/\/vault\/|\/ucx\//.test(file)) continue;
    if (findIn(file, await readFile(file), [textSecret('key', line)]).length > 0) found.push(file);
  }
  expect(found).toEqual([]);
}

describe.concurrent('a certificate that was bought', patient, () => {
  it('is served complete, also the next one, which came without its intermediate', async () => {
    await using run = await start();
    const bought = buy([NORTHWIND.hostname], new Date());
    const first = await run.fulfil({ certificate: uploadAll(bought) });
    expect([first.state, first.problem, run.outside.ca.count('newOrder')]).toEqual(['done', undefined, 0]);
    expect(run.effects()).toMatchObject({ restarts: 1, served: first.fingerprint });

    const next = bought.intermediate.issue({
      ...{ names: [NORTHWIND.hostname], pair: makePair('rsa2048') },
      ...{ notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 80 * 86_400_000) },
    });
    const second = await run.fulfil({ certificate: uploadOf(next.keyPem + next.pem) });
    expect([second.state, second.problem]).toEqual(['done', undefined]);
    const live = await readFile((await livePaths(run.outside.ucx)).certificate, 'utf8');
    expect(live.replaceAll('\n', '')).toBe((next.pem + bought.intermediate.pem).replaceAll('\n', ''));
    await expectNowhere(run, bought.keyPem);
    await expectNowhere(run, next.keyPem);
  });

  it('for a request of ours is served with a key that was nowhere but in the vault and on the server', async () => {
    await using run = await start();
    const asked = await run.ask('POST', `/v1/servers/${NORTHWIND.hostname}/csr`, { keyType: 'ec-p256' });
    expect(asked.status).toBe(200);
    const { services } = run.service;
    const requests = await services.inventory.list<{ keyRef: { name: string; version: string } }>(
      `P#emetrotel#CSRS#${NORTHWIND.hostname}`,
      { limit: 10 },
    );
    const keyRef = requests.items[0]?.value.keyRef;
    if (keyRef === undefined) throw new Error('no request was kept');
    const keyPem = Buffer.from(await services.vault.get(keyRef)).toString();
    const pair = { publicKey: createPublicKey(keyPem), privateKey: makePair().privateKey };
    const { leaf, intermediate } = buy([NORTHWIND.hostname], new Date(), { pair });
    const order = await run.fulfil({ certificate: uploadOf(leaf.pem, intermediate.pem) });
    expect([order.state, order.problem]).toEqual(['done', undefined]);
    expect(run.effects()).toMatchObject({ served: order.fingerprint });
    await expectNowhere(run, keyPem);
  });

  it('that phones would refuse is refused at the door, with everything that is wrong', async () => {
    await using run = await start();
    const { leaf, keyPem } = buy(['other.northwind.test'], new Date());
    const body = { certificate: uploadOf(leaf.pem, keyPem) };
    await expect(run.place(body)).rejects.toThrow(/certificate-refused/);
    expect(run.outside.ucx.counts().restarts).toBe(0);
  });
});
