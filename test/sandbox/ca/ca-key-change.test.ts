// An account changes its key at the CA: the old key is nobody's from then on, and no request gets a key it has no right to.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { acmeClient, type CaUnderTest, openCa } from './ca-under-test.ts';
import { presentedOrder, settled } from './proven-order.ts';
import { type KeyPair, newEcKey, RawAcme, type RawAnswer } from './raw-acme.ts';

const NAME = 'pbx.northwind.test';

describe('a change of the account key', () => {
  it('gives the account to the new key and takes it from the old one, over a restart too', async () => {
    const world = await openCa();
    const old = world.client;
    const next = new RawAcme(world.ca);
    const { order, challenge } = await presentedOrder(world, NAME);

    const changed = await change(world, next);
    next.accountUrl = old.accountUrl;
    await world.restart();
    const oldKey = await old.read(old.accountUrl);
    const newKey = await next.read(old.accountUrl);
    const found = await next.post(
      `${next.origin}/new-account`,
      { onlyReturnExisting: true },
      { without: ['kid'], header: { jwk: next.jwk } },
    );
    const oldAgain = await new RawAcme(world.ca, old.key).register();

    expect([changed.status, changed.json.status, changed.json.contact]).toEqual([
      200,
      'valid',
      ['mailto:ops@northwind.test'],
    ]);
    expect([oldKey.errorType, newKey.status, found.headers.location]).toEqual(['malformed', 200, old.accountUrl]);
    expect([oldAgain.status, oldAgain.headers.location === old.accountUrl]).toEqual([201, false]);

    // What the old key answered is no answer any more (RFC 8555, 8.1: the thumbprint is of the account's key).
    await next.post(challenge.url, {});
    await settled(() => next.read(challenge.url), 'processing');
    expect((await next.read(order.headers.location)).json.status).toBe('invalid');
  });

  it('is made by acme-client', async () => {
    const { ca } = await openCa();
    const client = await acmeClient(ca);
    await client.createAccount({ termsOfServiceAgreed: true });
    const url = client.getAccountUrl();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await client.updateAccountKey(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    await client.updateAccount({ contact: ['mailto:night@northwind.test'] });
    expect(client.getAccountUrl()).toBe(url);
  });

  it.each<{ when: string; inner: (world: CaUnderTest) => Inner; type: string; status: number }>([
    { when: 'names another account', inner: () => ({ payload: { account: 'x' } }), type: 'malformed', status: 400 },
    { when: 'names no account', inner: () => ({ payload: { account: undefined } }), type: 'malformed', status: 400 },
    {
      when: 'names another old key',
      inner: () => ({ payload: { oldKey: newEcKey().publicKey.export({ format: 'jwk' }) } }),
      type: 'malformed',
      status: 400,
    },
    { when: 'names no old key', inner: () => ({ payload: { oldKey: undefined } }), type: 'malformed', status: 400 },
    { when: 'names a key that is none', inner: () => ({ payload: { oldKey: {} } }), type: 'malformed', status: 400 },
    {
      when: 'is for another URL inside',
      inner: () => ({ header: { url: 'https://a.test' } }),
      type: 'malformed',
      status: 400,
    },
    { when: 'has a nonce inside', inner: () => ({ header: { nonce: 'AAAA' } }), type: 'malformed', status: 400 },
    {
      when: 'is signed by an account inside',
      inner: ({ client }) => ({ header: { kid: client.accountUrl, jwk: undefined } }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'is signed inside by a key it does not show',
      inner: () => ({ signWith: newEcKey() }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'uses the algorithm none inside',
      inner: () => ({ header: { alg: 'none' }, signature: '' }),
      type: 'badSignatureAlgorithm',
      status: 400,
    },
    {
      when: 'changes to a P-521 key',
      inner: () => ({ header: { jwk: newEcKey('P-521').publicKey.export({ format: 'jwk' }) } }),
      type: 'badPublicKey',
      status: 400,
    },
    { when: 'is no JWS inside', inner: () => ({ body: () => ({ account: 'x' }) }), type: 'malformed', status: 400 },
  ])('is refused as $type when it $when, and the old key goes on', async ({ inner, type, status }) => {
    const world = await openCa();
    const answer = await change(world, new RawAcme(world.ca), inner(world));
    expect([answer.errorType, answer.status]).toEqual([type, status]);
    expect((await world.client.read(world.client.accountUrl)).status).toBe(200);
  });

  it('is refused with 409 and the URL of the account that has the key, the own one included', async () => {
    const world = await openCa();
    const other = new RawAcme(world.ca);
    await other.register();
    const taken = await change(world, other);
    const own = await change(world, world.client);
    expect([taken.status, taken.headers.location]).toEqual([409, other.accountUrl]);
    expect([own.status, own.headers.location]).toEqual([409, world.client.accountUrl]);
  });

  it('gives a key to one of two accounts that ask for it at the same time', async () => {
    const world = await openCa();
    const second = new RawAcme(world.ca);
    await second.register();
    const next = new RawAcme(world.ca);
    const answers = await Promise.all([change(world, next), change({ ...world, client: second }, next)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

interface Inner {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly signWith?: KeyPair;
  readonly signature?: string;
  readonly body?: () => object;
}

/** Asked for by the account of the world, to the key of `next`. */
function change({ client }: Pick<CaUnderTest, 'client'>, next: RawAcme, inner: Inner = {}): Promise<RawAnswer> {
  const url = `${client.origin}/key-change`;
  const header = { alg: 'ES256', jwk: next.jwk, url, ...inner.header };
  const payload = { account: client.accountUrl, oldKey: client.jwk, ...inner.payload };
  const jws = inner.body?.() ?? next.signed(header, payload, inner);
  return client.post(url, jws);
}
