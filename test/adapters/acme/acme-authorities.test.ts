// AcmeAuthorities keeps the contract against the sandbox CA as hostile as it is by default, and survives its dials.

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AcmeAuthorities } from '../../../src/adapters/acme/acme-authorities.ts';
import { makeCsr } from '../../../src/adapters/acme/csr.ts';
import { type CaFaultKind, type CaOperation, defaultCaDials } from '../../../src/sandbox/ca/ca-dials.ts';
import type { SandboxCa } from '../../../src/sandbox/ca/sandbox-ca.ts';
import { authorityContract } from '../../contracts/authority.ts';
import { loopbackNetwork } from '../../support/loopback-network.ts';
import { newAccountKey, newName, OrderDriver } from '../../support/order-driver.ts';
import type { TxtServer } from '../../support/txt-server.ts';
import { startWatchedCa, type WatchedCa } from '../../support/watched-ca.ts';

const leafKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Everything that takes time is quick here; the rest is as hostile as by default. */
const quick = { validationDelayMs: [0, 20], finalizeDelayMs: [0, 20] } as const;

describe('AcmeAuthorities against the sandbox CA', () => {
  let watched: WatchedCa;
  let dns: TxtServer;
  let ca: SandboxCa;
  let requests: string[];

  beforeAll(async () => {
    watched = await startWatchedCa();
    ({ ca, dns, requests } = watched);
    ca.turn(quick);
  });

  afterEach(() => {
    ca.turn({ ...defaultCaDials, ...quick });
  });

  afterAll(() => watched?.close());

  const authorities = (timeoutMs = 5000) =>
    new AcmeAuthorities({
      network: loopbackNetwork,
      settings: { sandbox: { directoryUrl: ca.directoryUrl, roots: [ca.tlsRootPem], timeoutMs } },
    });

  const driver = async (timeoutMs?: number) =>
    new OrderDriver(dns, await authorities(timeoutMs).open('sandbox', { key: newAccountKey(), accountUrl: undefined }));

  authorityContract(async () => ({
    authorities: authorities(),
    authorityId: 'sandbox',
    setTxt: dns.setTxt,
    rootPem: ca.rootPem,
    caaIdentities: ['ca.sandbox.test'],
    close: async () => undefined,
  }));

  it('signs anew with the fresh nonce when many nonces are refused', async () => {
    ca.turn({ refuseNonces: 0.3 });
    const refusedBefore = ca.count('refusedNonces');
    const orders = await driver();
    for (let certificate = 0; certificate < 3; certificate += 1) {
      const { orderUrl } = await orders.obtain([newName()], leafKey);
      expect(ca.finalizeCounts().get(orderUrl)).toBe(1);
    }
    expect(ca.count('refusedNonces')).toBeGreaterThan(refusedBefore);
  });

  it('gives up after ten refused nonces and says what it was', async () => {
    const orders = await driver();
    await orders.authority.ensureAccount();
    ca.turn({ refuseNonces: 1 });
    requests.length = 0;
    await expect(orders.authority.place({ names: [newName()] })).rejects.toMatchObject({
      name: 'ca-busy',
      message: expect.stringContaining('badNonce'),
    });
    expect(requests.filter((request) => request.endsWith('badNonce')).length).toBe(11);
  });

  it('needs seven requests for a certificate, and the directory, a nonce and the account before the first', async () => {
    ca.turn({ refuseNonces: 0, reuseAuthorizations: 0 });
    const { authority } = await driver();
    requests.length = 0;
    const name = newName();
    const placed = await authority.place({ names: [name] });
    const [challenge] = (await authority.readChallenges(placed)).openChallenges;
    dns.setTxt(challenge?.txtName ?? '', [challenge?.txtValue ?? '']);
    await authority.answer(challenge?.challengeUrl ?? '');
    expect((await authority.readOrder(placed.orderUrl)).status).toBe('ready');
    await authority.finalize(placed, await makeCsr(leafKey, [name]));
    const { certificateUrl = '' } = await authority.readOrder(placed.orderUrl);
    await authority.download(certificateUrl);
    expect(requests).toEqual([
      'GET directory',
      'HEAD newNonce',
      'POST newAccount',
      'POST newOrder',
      'POST authorization',
      'POST challenge',
      'POST order',
      'POST finalize',
      'POST order',
      'POST certificate',
    ]);
  });

  it('says how long the authority asks us to wait, in seconds or by a date', async () => {
    ca.turn({ finalizeDelayMs: [2000, 2000], retryAfterSeconds: 7 });
    const orders = await driver();
    const names = [newName()];
    const placed = await orders.ready(names);
    const view = await orders.authority.finalize(placed, await makeCsr(leafKey, names));
    expect(view).toMatchObject({ status: 'processing', retryAfterMs: 7000 });
    ca.turn({ retryAfterAsDate: true });
    const { retryAfterMs = 0 } = await orders.authority.readOrder(placed.orderUrl);
    expect(retryAfterMs).toBeGreaterThan(4000);
    expect(retryAfterMs).toBeLessThanOrEqual(7000);
  });

  it('passes a rate limit on with its wait, and does not sleep it off', async () => {
    const orders = await driver();
    ca.turn({ rateLimit: { type: 'rateLimited', retryAfterSeconds: 3600, operations: ['newOrder'] } });
    await expect(orders.authority.place({ names: [newName()] })).rejects.toMatchObject({
      name: 'ca-rate-limited',
      retryAfterMs: 3_600_000,
      message: expect.stringContaining('rateLimited'),
    });
  });

  it('does not take a challenge that it cannot answer', async () => {
    ca.turn({ offerOnlyHttp01: true });
    const orders = await driver();
    const placed = await orders.authority.place({ names: [newName()] });
    await expect(orders.authority.readChallenges(placed)).rejects.toMatchObject({
      name: 'ca-no-usable-challenge',
      message: expect.stringContaining('http-01'),
    });
  });

  it('says that CAA forbids, that a name is refused, that issuing failed', async () => {
    ca.turn({ refuseCaa: true });
    const orders = await driver();
    const first = await orders.authority.place({ names: [newName()] });
    expect((await orders.prove(first)).status).toBe('invalid');
    expect(await orders.authority.readChallenges(first)).toMatchObject({
      status: 'invalid',
      refusal: { code: 'ca-caa-forbids', detail: expect.stringMatching(/^caa: /) },
    });
    ca.turn({ refuseCaa: false, refuseNames: ['refused.test'] });
    await expect(orders.authority.place({ names: ['pbx.refused.test'] })).rejects.toMatchObject({
      name: 'ca-name-refused',
    });
    ca.turn({ failIssuance: true });
    const names = [newName()];
    const second = await orders.ready(names);
    await orders.authority.finalize(second, await makeCsr(leafKey, names));
    expect(await orders.settled(second.orderUrl, ['ready', 'processing'])).toMatchObject({
      status: 'invalid',
      refusal: { code: expect.stringMatching(/^ca-/) },
    });
  });

  const faults: readonly { operation: CaOperation; kind: CaFaultKind; name: string }[] = [
    { operation: 'directory', kind: 'hang', name: 'ca-unreachable' },
    { operation: 'directory', kind: 'not-json', name: 'ca-answer-malformed' },
    { operation: 'directory', kind: 'wrong-shape', name: 'ca-answer-malformed' },
    { operation: 'directory', kind: 'foreign-urls', name: 'ca-answer-malformed' },
    { operation: 'directory', kind: 'redirect', name: 'ca-answer-malformed' },
    { operation: 'directory', kind: 'endless', name: 'ca-answer-malformed' },
    { operation: 'newNonce', kind: 'no-nonce', name: 'ca-answer-malformed' },
    { operation: 'newAccount', kind: 'no-location', name: 'ca-answer-malformed' },
    { operation: 'newOrder', kind: 'hang', name: 'ca-unreachable' },
    { operation: 'newOrder', kind: 'hang-after', name: 'ca-unreachable' },
    { operation: 'newOrder', kind: 'drop', name: 'ca-unreachable' },
    { operation: 'newOrder', kind: 'drop-after', name: 'ca-unreachable' },
    { operation: 'newOrder', kind: 'server-error', name: 'ca-busy' },
    { operation: 'newOrder', kind: 'unavailable', name: 'ca-busy' },
    { operation: 'newOrder', kind: 'gateway-page', name: 'ca-busy' },
    { operation: 'newOrder', kind: 'redirect', name: 'ca-answer-malformed' },
    { operation: 'newOrder', kind: 'not-json', name: 'ca-answer-malformed' },
    { operation: 'newOrder', kind: 'empty', name: 'ca-answer-malformed' },
    { operation: 'newOrder', kind: 'wrong-shape', name: 'ca-answer-malformed' },
    { operation: 'newOrder', kind: 'endless', name: 'ca-answer-malformed' },
    { operation: 'newOrder', kind: 'foreign-urls', name: 'ca-answer-malformed' },
    { operation: 'newOrder', kind: 'no-location', name: 'ca-answer-malformed' },
  ];

  it.each(faults)('meets $kind at $operation with $name', async ({ operation, kind, name }) => {
    ca.turn({ refuseNonces: 0, faults: [{ operation, kind }] });
    const { authority } = await driver(kind.startsWith('hang') ? 150 : 5000);
    const startedAt = performance.now();
    await expect(authority.place({ names: [newName()] })).rejects.toMatchObject({ name });
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });

  it.each(['order', 'authorization'] as const)('takes no bad answer for an %s', async (operation) => {
    ca.turn({ refuseNonces: 0 });
    const { authority } = await driver();
    const placed = await authority.place({ names: [newName()] });
    const read = () =>
      operation === 'order' ? authority.readOrder(placed.orderUrl) : authority.readChallenges(placed);
    for (const kind of ['not-json', 'empty', 'wrong-shape', 'endless', 'foreign-urls', 'redirect'] as const) {
      ca.turn({ faults: [{ operation, kind }] });
      await expect(read(), kind).rejects.toMatchObject({ name: 'ca-answer-malformed' });
    }
    ca.turn({ faults: [] });
    expect((await read()).status).toBe('pending');
  });

  it('says when to come back to an authority that is busy', async () => {
    ca.turn({ faults: [{ operation: 'newOrder', kind: 'unavailable' }] });
    const { authority } = await driver();
    await expect(authority.place({ names: [newName()] })).rejects.toMatchObject({
      name: 'ca-busy',
      retryAfterMs: expect.any(Number),
    });
  });

  it('goes on with the next nonce when an answer brought none', async () => {
    ca.turn({ faults: [{ operation: 'newOrder', kind: 'no-nonce' }] });
    const { authority } = await driver();
    const { orderUrl } = await authority.place({ names: [newName()] });
    expect((await authority.readOrder(orderUrl)).status).toBe('pending');
  });

  it('sends a CSR once, also when the answer to it is lost', async () => {
    ca.turn({ refuseNonces: 0 });
    const orders = await driver();
    const names = [newName()];
    const csr = await makeCsr(leafKey, names);
    const placed = await orders.ready(names);
    ca.turn({ faults: [{ operation: 'finalize', kind: 'drop-after' }] });
    await expect(orders.authority.finalize(placed, csr)).rejects.toMatchObject({ name: 'ca-unreachable' });
    expect((await orders.settled(placed.orderUrl, ['processing'])).status).toBe('valid');
    expect(ca.finalizeCounts().get(placed.orderUrl)).toBe(1);
  });

  it.each(['private-key-block', 'text-between', 'thousand-blocks', 'not-pem', 'wrong-order'] as const)(
    'takes no chain with %s',
    async (chain) => {
      const orders = await driver();
      const { certificateUrl } = await orders.obtain([newName()], leafKey);
      ca.turn({ chain });
      await expect(orders.authority.download(certificateUrl)).rejects.toMatchObject({ name: 'ca-answer-malformed' });
    },
  );

  it('trusts the roots of its settings and no others', async () => {
    const strangers = new AcmeAuthorities({
      network: loopbackNetwork,
      settings: {
        trusting: { directoryUrl: ca.directoryUrl, roots: [ca.tlsRootPem] },
        other: { directoryUrl: ca.directoryUrl, roots: [ca.rootPem] },
        public: { directoryUrl: ca.directoryUrl },
      },
    });
    const account = { key: newAccountKey(), accountUrl: undefined };
    const trusting = await strangers.open('trusting', account);
    await trusting.ensureAccount();
    for (const authorityId of ['other', 'public']) {
      const authority = await strangers.open(authorityId, account);
      await expect(authority.ensureAccount()).rejects.toMatchObject({ name: 'ca-unreachable' });
    }
    await trusting.place({ names: [newName()] });
  });
});
