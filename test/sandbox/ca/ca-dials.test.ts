// Each dial of the CA, turned: what a client then sees.

import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultCaDials, turnCaDials } from '../../../src/sandbox/ca/ca-dials.ts';
import { type CaUnderTest, openCa, openCaForAll } from './ca-under-test.ts';
import { authorizationOf, csrFor, dns01Of, downloaded, presentedOrder, readyOrder, settled } from './proven-order.ts';

const NAME = 'pbx.northwind.test';

describe('the dial', () => {
  it('refuseNonces refuses a share of signed requests, always the same ones, and spends their nonces', async () => {
    const rows: (string | undefined)[][] = [];
    for (const round of [1, 2]) {
      const { client, ca } = await openCa({ dials: { refuseNonces: 0.5 } });
      const nonce = await client.nonce();
      const row: (string | undefined)[] = [];
      for (let index = 0; index < 12; index += 1) row.push((await client.read(client.accountUrl)).errorType);
      rows.push(row);
      expect([round, ca.count('refusedNonces')]).toEqual([round, row.filter((type) => type === 'badNonce').length]);
      ca.turn({ refuseNonces: 1 });
      await client.post(String(client.accountUrl), '', { header: { nonce } });
      ca.turn({ refuseNonces: 0 });
      expect((await client.post(String(client.accountUrl), '', { header: { nonce } })).errorType).toBe('badNonce');
    }
    expect(new Set(rows[0])).toEqual(new Set([undefined, 'badNonce']));
    expect(rows[0]).toEqual(rows[1]);
  });

  it('reuseAuthorizations makes orders that are ready when they are placed', async () => {
    const world = await openCa({ dials: { reuseAuthorizations: 1 } });
    const first = await readyOrder(world, NAME);
    const second = await world.client.order(NAME);
    const wildcard = await world.client.order(`*.${NAME}`);
    world.ca.turn({ reuseAuthorizations: 0 });
    const third = await world.client.order(NAME);

    expect(second.json.authorizations).toEqual(first.json.authorizations);
    expect([second, wildcard, third].map(({ json }) => json.status)).toEqual(['ready', 'pending', 'pending']);
  });

  it('validationDelayMs makes a challenge processing, with the time to come back', async () => {
    const world = await openCa({ dials: { validationDelayMs: [60_000, 60_000] } });
    const { order, challenge } = await presentedOrder(world, NAME);

    const told = await world.client.post(challenge.url, {});
    const toldAgain = await world.client.post(challenge.url, {});
    const authorization = await authorizationOf(world.client, order);

    expect([told.json.status, told.headers['retry-after']]).toEqual(['processing', '1']);
    expect(told.links).toContain(`<${authorization.url}>;rel="up"`);
    expect(toldAgain.json.status).toBe('processing');
    expect([authorization.status, authorization.retryAfter]).toEqual(['pending', '1']);
    expect(world.ca.count('validations')).toBe(1);
  });

  it('finalizeDelayMs makes an order processing, retryAfterSeconds and retryAfterAsDate say when to come back', async () => {
    const world = await openCa({ dials: { finalizeDelayMs: [60_000, 60_000], retryAfterSeconds: 7 } });
    const order = await readyOrder(world, NAME);

    const told = await world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });
    world.ca.turn({ retryAfterAsDate: true });
    const dated = await world.client.read(order.headers.location);
    world.ca.turn({ retryAfterSeconds: undefined });
    const unsaid = await world.client.read(order.headers.location);

    expect([told.status, told.json.status, told.headers['retry-after']]).toEqual([200, 'processing', '7']);
    expect(told.json.certificate).toBeUndefined();
    const inSevenSeconds = new Date(world.clock.now.getTime() + 7000).toUTCString();
    expect([dated.headers['retry-after'], unsaid.headers['retry-after']]).toEqual([inSevenSeconds, undefined]);
  });

  it('of a delay longer than an answer waits ends in the same status as without it', async () => {
    const world = await openCa({ dials: { validationDelayMs: [300, 300], finalizeDelayMs: [300, 300] } });
    const order = await readyOrder(world, NAME);
    await world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });
    const after = await settled(() => world.client.read(order.headers.location), 'processing');
    expect([after.json.status, after.headers['retry-after']]).toEqual(['valid', undefined]);
  });

  it('rateLimit refuses the operations it names and no others, and counts nothing as done', async () => {
    const world = await openCa();
    const order = await readyOrder(world, NAME);
    world.ca.turn({
      rateLimit: { type: 'rateLimited', retryAfterSeconds: 3600, operations: ['newOrder', 'finalize'] },
    });

    const refused = [await world.client.order(NAME), await world.client.post(String(order.json.finalize), {})];

    for (const { status, errorType, headers } of refused) {
      expect([status, errorType, headers['retry-after']]).toEqual([429, 'rateLimited', '3600']);
    }
    expect((await world.client.read(order.headers.location)).status).toBe(200);
    expect([...world.ca.finalizeCounts().values(), world.ca.count('rateLimited')]).toEqual([0, 2]);
    world.ca.turn({ rateLimit: false });
    expect((await world.client.order(NAME)).status).toBe(201);
  });

  it('intermediateChanged issues from another intermediate under the same root', async () => {
    const world = await openCa({ dials: { reuseAuthorizations: 1 } });
    const first = (await downloaded(world, NAME)).text;
    world.ca.turn({ intermediateChanged: true });
    const second = (await downloaded(world, `b.${NAME}`)).text;

    const [firstSigner, secondSigner] = [first, second].map(intermediateOf);
    const root = new X509Certificate(world.ca.rootPem);
    expect(firstSigner?.subject).not.toBe(secondSigner?.subject);
    expect([firstSigner, secondSigner].map((signer) => signer?.verify(root.publicKey))).toEqual([true, true]);
    expect(new X509Certificate(second).verify((secondSigner ?? root).publicKey)).toBe(true);
  });

  it('lifetimeDays decides how long leaves live, from an hour back', async () => {
    const world = await openCa({ dials: { reuseAuthorizations: 1 } });
    const hourBack = Math.floor(world.clock.now.getTime() / 1000) * 1000 - 3_600_000;
    for (const lifetimeDays of [6, 0.5, -1]) {
      world.ca.turn({ lifetimeDays });
      const leaf = new X509Certificate((await downloaded(world, NAME)).text);
      expect(leaf.validFromDate.getTime()).toBe(hourBack);
      expect((leaf.validToDate.getTime() + 1000 - hourBack) / 86_400_000).toBe(lifetimeDays);
    }
  });

  it.each([
    { expiredOrders: 'invalid', status: 200, order: 'invalid', finalize: 'orderNotReady' },
    { expiredOrders: 'gone', status: 404, order: 404, finalize: 'malformed' },
  ] as const)('orderLifetimeSeconds ends orders, and expiredOrders $expiredOrders says so', async (row) => {
    const world = await openCa({ dials: { orderLifetimeSeconds: 60, expiredOrders: row.expiredOrders } });
    const order = await readyOrder(world, NAME);

    world.clock.now = new Date(world.clock.now.getTime() + 61_000);
    const after = await world.client.read(order.headers.location);
    const finalized = await world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });

    expect([after.status, after.json.status, finalized.errorType]).toEqual([row.status, row.order, row.finalize]);
    expect(order.json.expires).toBe(`${new Date(world.clock.now.getTime() - 1000).toISOString().slice(0, 19)}Z`);
  });

  it('authorizationLifetimeSeconds ends proofs, which then are expired and not reused', async () => {
    const world = await openCa({ dials: { reuseAuthorizations: 1, authorizationLifetimeSeconds: 60 } });
    const order = await readyOrder(world, NAME);

    world.clock.now = new Date(world.clock.now.getTime() + 61_000);

    expect((await authorizationOf(world.client, order)).status).toBe('expired');
    expect((await world.client.order(NAME)).json.status).toBe('pending');
    expect((await world.client.read(order.headers.location)).json.status).toBe('invalid');
  });

  it('offerOnlyHttp01 offers nothing that we can answer', async () => {
    const world = await openCa({ dials: { offerOnlyHttp01: true } });
    const order = await world.client.order(NAME);
    const [challenge, ...others] = (await authorizationOf(world.client, order)).challenges;

    expect([challenge?.type, others]).toEqual(['http-01', []]);
    const told = await world.client.post(String(challenge?.url), {});
    expect(told.json.error).toMatchObject({ type: 'urn:ietf:params:acme:error:connection' });
    expect((await world.client.read(order.headers.location)).json.status).toBe('invalid');
  });

  it('refuseCaa fails validation whatever the DNS holds', async () => {
    const world = await openCa({ dials: { refuseCaa: true } });
    const { order, challenge } = await presentedOrder(world, NAME);
    const told = await world.client.post(challenge.url, {});
    expect(told.json.error).toMatchObject({ type: 'urn:ietf:params:acme:error:caa' });
    expect((await authorizationOf(world.client, order)).status).toBe('invalid');
  });

  it('failIssuance ends an order invalid after its CSR was accepted', async () => {
    const world = await openCa({ dials: { failIssuance: true } });
    const order = await readyOrder(world, NAME);
    const told = await world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });
    expect([told.status, told.json.status]).toEqual([200, 'invalid']);
    expect(told.json.error).toMatchObject({ type: 'urn:ietf:params:acme:error:serverInternal' });
    expect(world.ca.count('issued')).toBe(0);
  });

  it('refuseNames rejects a name and everything below it', async () => {
    const { client } = await openCa({ dials: { refuseNames: ['northwind.test'] } });
    const answers = [
      await client.order('northwind.test'),
      await client.order(`*.${NAME}`),
      await client.order('notnorthwind.test'),
    ];
    expect(answers.map(({ errorType }) => errorType)).toEqual(['rejectedIdentifier', 'rejectedIdentifier', undefined]);
  });

  it('chain decides what a download holds', async () => {
    const world = await openCa();
    const right = await downloaded(world, NAME);
    const url = [...world.seen].reverse().find(({ operation }) => operation === 'certificate')?.path;
    const under = async (chain: Parameters<typeof world.ca.turn>[0]['chain'] & string): Promise<string> => {
      world.ca.turn({ chain });
      return (await world.client.read(`${world.client.origin}${url}`)).text;
    };
    const [leaf = '', intermediate = ''] = blocksOf(right.text);

    expect(right.headers['content-type']).toBe('application/pem-certificate-chain');
    expect(blocksOf(await under('leaf-only'))).toEqual([leaf]);
    expect(blocksOf(await under('wrong-order'))).toEqual([intermediate, leaf]);
    expect(blocksOf(await under('with-root'))).toEqual([leaf, intermediate, ...blocksOf(world.ca.rootPem)]);
    expect(await under('text-between')).toContain('trust me');
    expect(await under('not-pem')).not.toContain('BEGIN');
    expect(blocksOf(await under('thousand-blocks'))).toHaveLength(1001);
    expect(await under('private-key-block')).toContain('-----BEGIN PRIVATE KEY-----');
    expect(new X509Certificate(leaf).verify(intermediateOf(await under('other-intermediate')).publicKey)).toBe(false);
    const signer = new X509Certificate(intermediate).publicKey;
    const otherKey = new X509Certificate(await under('other-key'));
    expect([otherKey.verify(signer), otherKey.subjectAltName]).toEqual([true, `DNS:${NAME}`]);
    expect(otherKey.publicKey.equals(new X509Certificate(leaf).publicKey)).toBe(false);
    const otherNames = new X509Certificate(await under('other-names'));
    expect([otherNames.verify(signer), otherNames.subjectAltName]).toEqual([true, `DNS:not-${NAME}`]);
    expect(otherNames.publicKey.equals(new X509Certificate(leaf).publicKey)).toBe(true);
  });

  it.each([
    { name: 'refuseNonces', dials: { refuseNonces: 2 } },
    { name: 'validationDelayMs', dials: { validationDelayMs: [5, 1] as const } },
    { name: 'lifetimeDays', dials: { lifetimeDays: Number.NaN } },
    { name: 'suggestedWindow', dials: { suggestedWindow: { startShare: 1, endShare: 0 } } },
    { name: 'externalAccounts', dials: { externalAccounts: { id: 'no base64url!' } } },
    { name: 'ordersPerPage', dials: { ordersPerPage: 0.5 } },
    { name: 'profiles', dials: { profiles: ['toString' as 'classic'] } },
    { name: 'earlyWindows', dials: { earlyWindows: -1 } },
    { name: 'refuseEverything', dials: { refuseEverything: true } },
  ])('$name cannot be turned to nonsense', ({ name, dials }) => {
    const turn = (): unknown => turnCaDials(defaultCaDials, dials);
    expect(turn).toThrow(expect.objectContaining({ name: 'bad-request', field: name }));
  });
});

describe('the dial faults', () => {
  let shared: CaUnderTest;
  beforeAll(async () => {
    shared = await openCaForAll();
    return () => shared.close();
  });

  it.each([
    { kind: 'server-error', status: 500, errorType: 'serverInternal', done: 0 },
    { kind: 'unavailable', status: 503, errorType: 'serverInternal', done: 0 },
    { kind: 'gateway-page', status: 502, errorType: undefined, done: 0 },
    { kind: 'redirect', status: 307, errorType: undefined, done: 0 },
    { kind: 'not-json', status: 201, errorType: undefined, done: 1 },
    { kind: 'empty', status: 201, errorType: undefined, done: 1 },
    { kind: 'wrong-shape', status: 201, errorType: undefined, done: 1 },
    { kind: 'foreign-urls', status: 201, errorType: undefined, done: 1 },
    { kind: 'no-location', status: 201, errorType: undefined, done: 1 },
    { kind: 'no-nonce', status: 201, errorType: undefined, done: 1 },
    { kind: 'slow', status: 201, errorType: undefined, done: 1 },
  ] as const)('answers $status for $kind, once', async ({ kind, status, errorType, done }) => {
    const { ca, client } = shared;
    const before = ca.count('newOrder');
    ca.turn({ faults: [{ operation: 'newOrder', kind, times: 1, slowMs: 20 }] });

    const spoilt = await client.order(NAME);
    const right = await client.order(NAME);

    expect([spoilt.status, spoilt.errorType, ca.count('newOrder') - before]).toEqual([status, errorType, done + 1]);
    expect(spoilt.text === right.text && spoilt.headers.location !== undefined).toBe(false);
    expect(Object.keys(right.json)).toEqual([
      'status',
      'expires',
      'identifiers',
      'authorizations',
      'finalize',
      'profile',
    ]);
    const nonceless = ['gateway-page', 'redirect', 'no-nonce'].includes(kind);
    expect(spoilt.headers['replay-nonce'] === undefined).toBe(nonceless);
    if (kind === 'not-json') expect(() => JSON.parse(spoilt.text)).toThrow(SyntaxError);
    if (kind === 'foreign-urls') expect(spoilt.json.finalize).toMatch(/^http:\/\/169\.254\.169\.254\/order\//);
    if (kind === 'no-location') expect(spoilt.headers.location).toBeUndefined();
    if (kind === 'wrong-shape') expect(spoilt.json).toMatchObject({ authorizations: 'none', finalize: 7 });
    if (kind === 'empty') expect([spoilt.text, spoilt.headers['content-type']]).toEqual(['', 'application/json']);
  });

  it('cut the connection before the work or after it', async () => {
    const world = await openCa();
    const order = await readyOrder(world, NAME);
    const finalize = async (): Promise<unknown> =>
      world.client.post(String(order.json.finalize), { csr: await csrFor(NAME) });

    world.ca.turn({ faults: [{ operation: 'finalize', kind: 'drop', times: 1 }] });
    await expect(finalize()).rejects.toThrow('socket hang up');
    expect([...world.ca.finalizeCounts().values()]).toEqual([0]);

    world.ca.turn({ faults: [{ operation: 'finalize', kind: 'drop-after', times: 1 }] });
    await expect(finalize()).rejects.toThrow('socket hang up');
    expect([...world.ca.finalizeCounts().values()]).toEqual([1]);
    expect((await settled(() => world.client.read(order.headers.location), 'processing')).json.status).toBe('valid');
  });

  it.each(['hang', 'hang-after'] as const)('leave the client without an answer: %s', async (kind) => {
    const { ca, client, seen } = await openCa({ dials: { faults: [{ operation: 'newOrder', kind }] } });
    const waiting = client.order(NAME).catch((error: unknown) => error);
    await expect.poll(() => seen.some(({ operation }) => operation === 'newOrder'), { timeout: 10_000 }).toBe(true);
    expect(ca.count('newOrder')).toBe(kind === 'hang' ? 0 : 1);
    await ca.close();
    expect(await waiting).toBeInstanceOf(Error);
  });

  it('send a body without an end to a client that reads on', async () => {
    const { ca, client } = await openCa({ dials: { faults: [{ operation: 'directory', kind: 'endless' }] } });
    const answer = await client.send('GET', ca.directoryUrl, undefined, {});
    expect(answer.text.length).toBeGreaterThan(32 * 1024 * 1024);
  });

  it('happen to requests without a signature too', async () => {
    const { client, dns } = await openCa({
      dials: { faults: [{ operation: 'newNonce', kind: 'no-nonce', times: 1 }] },
    });
    expect([await client.nonce(), (await client.nonce()).length, dns.asked]).toEqual(['', 22, []]);
  });
});

describe('challenges', () => {
  it('are offered in an order that is drawn, dns-01 alone for a wildcard', async () => {
    const { client } = await openCa();
    const firsts = new Set<string | undefined>();
    for (let index = 0; index < 12; index += 1) {
      const { challenges } = await authorizationOf(client, await client.order(`p${index}.northwind.test`));
      expect(challenges.map(({ type }) => type).sort()).toEqual(['dns-01', 'http-01', 'tls-alpn-01']);
      firsts.add(challenges[0]?.type);
    }
    expect(firsts.size).toBe(3);
    expect((await dns01Of(client, await client.order('*.northwind.test'))).status).toBe('pending');
  });
});

function blocksOf(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function intermediateOf(chain: string): X509Certificate {
  return new X509Certificate(blocksOf(chain)[1] ?? '');
}
