// The order of `npm start` with other people's programs around the service: Pebble, OpenSSH, dash and busybox, and openssl for the proof.

import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderAnswer } from '../../src/sandbox/order-client.ts';
import { NORTHWIND } from '../../src/sandbox/sandbox-outside.ts';
import { type OpensslProof, proveByOpenssl, verifyStrictly } from '../support/openssl-proof.ts';
import { type PeersRun, type PeersRunOptions, startPeersRun } from '../support/peers-run.ts';
import { ANA, OPS } from '../support/sandbox-run.ts';

/** Verbs of the activation script that do something; all of them are run by the server's `sh`. */
const WORK = ['work', 'run-restart', 'commit'];

/** A run that is started before the tests of its `describe` and closed after them. */
function worldOf(options: PeersRunOptions): () => PeersRun {
  let world: PeersRun | undefined;
  beforeAll(async () => {
    world = await startPeersRun(options);
  });
  afterAll(async () => await world?.close());
  return () => {
    if (world === undefined) throw new Error('the world has not started');
    return world;
  };
}

const question = ({ run, rootPem }: PeersRun) => ({
  name: NORTHWIND.hostname,
  port: run.outside.ucx.outsidePort,
  rootPem,
});

/** What may happen once for an order, as the others saw it. */
async function countsOf({ pebble, run }: PeersRun) {
  const said = (what: RegExp) => pebble?.output().match(what)?.length ?? 0;
  return {
    finalized: said(/is fully authorized. Processing finalization/g),
    issued: said(/Issued certificate serial/g),
    restarts: run.outside.ucx.counts().restarts,
    mails: (await run.outside.mail.mails.list()).length,
  };
}

async function subjectsTo({ run }: PeersRun, address: string): Promise<readonly string[]> {
  const mails = await run.outside.mail.mails.list();
  return mails.filter(({ to }) => to === address).map(({ subject }) => subject);
}

async function expectServed(world: PeersRun, order: OrderAnswer): Promise<OpensslProof> {
  expect({ state: order.state, problem: order.problem }).toEqual({ state: 'done', problem: undefined });
  expect(order.warnings).toEqual([]);
  expect(world.run.outside.ucx.servedByWeb()).toBe(order.fingerprint);
  const proof = await proveByOpenssl(question(world));
  const leaf = new X509Certificate(proof.chain[0] ?? '');
  expect(leaf.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(order.fingerprint);
  return proof;
}

describe('an order with Pebble refusing one nonce in five, over OpenSSH, the script run by dash', () => {
  const world = worldOf({ authority: 'pebble', shell: 'dash' });

  it.each([
    { key: 'RSA', keyType: 'rsa-2048', keyAlgorithm: 'rsaEncryption' },
    { key: 'EC', keyType: 'ec-p256', keyAlgorithm: 'id-ecPublicKey' },
  ])('ends served, proven by openssl, with an $key key', async ({ keyType, keyAlgorithm }) => {
    const before = await countsOf(world());
    const order = await world().fulfil({ keyType });
    const proof = await expectServed(world(), order);
    expect(proof.keyAlgorithm).toBe(keyAlgorithm);
    await verifyStrictly(question(world()), proof.chain);

    const after = await countsOf(world());
    expect(after.finalized - before.finalized).toBe(1);
    expect(after.issued - before.issued).toBe(1);
    expect(after.restarts - before.restarts).toBe(1);
    expect(after.mails - before.mails).toBe(4);
    for (const address of [ANA, OPS]) {
      expect((await subjectsTo(world(), address)).slice(-2)).toEqual([
        expect.stringMatching(/^InfinityOne restart on pbx\.northwind\.test: /),
        'Done: pbx.northwind.test serves its new certificate',
      ]);
    }
    expect([...(await world().run.outside.mail.mails.counts()).values()]).toEqual(Array(after.mails).fill(1));
  });

  it('never had its SSH key refused, and ran the script where it says', async () => {
    expect(await world().openssh.log()).toContain('Accepted publickey');
    expect(await world().openssh.refusals()).toBe(0);
    expect(await world().verbs()).toEqual(expect.arrayContaining(WORK));
  });
});

describe('an order whose chain InfinityOne refuses, with Pebble and over OpenSSH', () => {
  const world = worldOf({ authority: 'pebble', shell: 'dash', ucx: { refusesNewChain: 'down' } });

  it('is rolled back: the factory set is served again, nobody issues twice, everybody hears of it', async () => {
    const factory = world().run.outside.ucx.served();
    const order = await world().fulfil({ windowPolicy: { ...world().run.policy, maxPostponements: 0 } });
    expect(order).toMatchObject({ state: 'needs-attention', problem: { code: 'activation-rolled-back' } });
    expect(order.fingerprint).not.toBe(factory);
    expect(world().run.outside.ucx.served()).toBe(factory);
    expect(await countsOf(world())).toMatchObject({ finalized: 1, issued: 1, restarts: 2 });
    for (const address of [ANA, OPS]) {
      expect(await subjectsTo(world(), address)).toContain(
        'Rolled back: pbx.northwind.test serves its old certificate',
      );
    }
    await expect(proveByOpenssl(question(world()))).rejects.toThrow(/self-signed certificate/);
  });
});

describe('an order with the sandbox CA, over OpenSSH, the script run by busybox', () => {
  const world = worldOf({ authority: 'sandbox', shell: 'busybox sh' });

  it('ends served, and openssl finds nothing to blame in the chain', async () => {
    const order = await world().fulfil();
    const { chain } = await expectServed(world(), order);
    await verifyStrictly(question(world()), chain);
    expect(world().run.effects()).toMatchObject({ finalized: [1], restarts: 1 });
    expect(await world().verbs()).toEqual(expect.arrayContaining(WORK));
  });
});
