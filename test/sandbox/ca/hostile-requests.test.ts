// Requests that are not what RFC 8555 asks for: each gets the problem type and status that are right, and changes nothing.

import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CaOperation } from '../../../src/sandbox/ca/ca-dials.ts';
import { type CaUnderTest, openCa, openCaForAll } from './ca-under-test.ts';
import { csrFor, dns01Of, issuedUrl, readyOrder } from './proven-order.ts';
import { type Lies, newEcKey, RawAcme } from './raw-acme.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

let shared: CaUnderTest;
beforeAll(async () => {
  shared = await openCaForAll();
  return () => shared.close();
});

describe('a signed request to the CA', () => {
  it.each<{ when: string; lies: (world: CaUnderTest) => Lies; type: string; status: number }>([
    { when: 'has no nonce', lies: () => ({ without: ['nonce'] }), type: 'badNonce', status: 400 },
    { when: 'has a nonce we never gave', lies: () => ({ header: { nonce: 'AAAA' } }), type: 'badNonce', status: 400 },
    {
      when: 'has a nonce that is no base64url',
      lies: () => ({ header: { nonce: 'a+b=' } }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'is for another URL',
      lies: ({ client }) => ({ header: { url: `${client.origin}/new-nonce` } }),
      type: 'unauthorized',
      status: 403,
    },
    {
      when: 'is for our URL at another host',
      lies: () => ({ header: { url: 'https://elsewhere.test/new-order' } }),
      type: 'unauthorized',
      status: 403,
    },
    { when: 'has no URL', lies: () => ({ without: ['url'] }), type: 'unauthorized', status: 403 },
    { when: 'is signed by a foreign key', lies: () => ({ signWith: newEcKey() }), type: 'malformed', status: 400 },
    { when: 'has its signature changed', lies: () => ({ signature: 'AAAA' }), type: 'malformed', status: 400 },
    { when: 'has no signature', lies: () => ({ signature: '' }), type: 'malformed', status: 400 },
    {
      when: 'uses the algorithm none',
      lies: () => ({ header: { alg: 'none' }, signature: '' }),
      type: 'badSignatureAlgorithm',
      status: 400,
    },
    {
      when: 'uses HS256',
      lies: () => ({ header: { alg: 'HS256' }, hmac: true }),
      type: 'badSignatureAlgorithm',
      status: 400,
    },
    { when: 'has no algorithm', lies: () => ({ without: ['alg'] }), type: 'badSignatureAlgorithm', status: 400 },
    {
      when: 'uses an algorithm of another kind of key',
      lies: () => ({ header: { alg: 'RS256' }, signWith: rsa }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'has jwk and kid',
      lies: ({ client }) => ({ header: { jwk: client.jwk } }),
      type: 'malformed',
      status: 400,
    },
    { when: 'has neither jwk nor kid', lies: () => ({ without: ['kid'] }), type: 'malformed', status: 400 },
    {
      when: 'has jwk where an account is asked for',
      lies: ({ client }) => ({ without: ['kid'], header: { jwk: client.jwk } }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'names an account there is not',
      lies: ({ client }) => ({ header: { kid: `${client.origin}/account/AAAA` } }),
      type: 'accountDoesNotExist',
      status: 400,
    },
    {
      when: 'names an account at another CA',
      lies: ({ client }) => ({ header: { kid: client.accountUrl?.replace(/:\d+/, ':1') } }),
      type: 'accountDoesNotExist',
      status: 400,
    },
    { when: 'has a kid that is a number', lies: () => ({ header: { kid: 7 } }), type: 'malformed', status: 400 },
    {
      when: 'has critical extensions',
      lies: () => ({ header: { crit: ['b64'], b64: false } }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'has the wrong content type',
      lies: () => ({ contentType: 'application/json' }),
      type: 'malformed',
      status: 415,
    },
    { when: 'has no User-Agent', lies: () => ({ userAgent: undefined }), type: 'malformed', status: 400 },
    { when: 'is a plain GET', lies: () => ({ method: 'GET' }), type: 'malformed', status: 405 },
    { when: 'is a PUT', lies: () => ({ method: 'PUT' }), type: 'malformed', status: 405 },
    { when: 'is no JSON', lies: () => ({ body: () => 'hello' }), type: 'malformed', status: 400 },
    { when: 'is a list', lies: () => ({ body: (jws) => JSON.stringify([jws]) }), type: 'malformed', status: 400 },
    {
      when: 'has an unprotected header',
      lies: () => ({ body: (jws) => JSON.stringify({ ...jws, header: {} }) }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'is the general serialization',
      lies: () => ({ body: (jws) => JSON.stringify({ ...jws, signatures: [] }) }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'pads its base64url',
      lies: () => ({ body: (jws) => JSON.stringify({ ...jws, payload: `${jws.payload}==` }) }),
      type: 'malformed',
      status: 400,
    },
    {
      when: 'is longer than we read',
      lies: () => ({ body: (jws) => JSON.stringify({ ...jws, more: 'x'.repeat(70_000) }) }),
      type: 'malformed',
      status: 413,
    },
  ])('is refused as $type when it $when', async ({ lies, type, status }) => {
    const { client, ca } = shared;
    const before = ca.count('newOrder');

    const answer = await client.post(
      `${client.origin}/new-order`,
      { identifiers: [{ type: 'dns', value: 'a.test' }] },
      lies(shared),
    );

    expect([answer.errorType, answer.status]).toEqual([type, status]);
    expect(answer.json.detail).toEqual(expect.any(String));
    expect(answer.links).toEqual([`<${ca.directoryUrl}>;rel="index"`]);
    expect(ca.count('newOrder')).toBe(before);
  });

  it('carries a new nonce in every answer to a POST, refusals included', async () => {
    const { client } = shared;
    const answers = [
      await client.order('a.test'),
      await client.order('nonsense'),
      await client.read(`${client.origin}/nowhere`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 400, 404]);
    expect(new Set(answers.map(({ headers }) => headers['replay-nonce'])).size).toBe(3);
    expect(answers.map(({ headers }) => headers['replay-nonce'])).not.toContain(undefined);
  });

  it('spends its nonce, so that the same request is refused when it comes again', async () => {
    const { client, ca } = await openCa();
    let body = '';
    const keep = (jws: object): string => {
      body = JSON.stringify(jws);
      return body;
    };
    const url = `${client.origin}/new-order`;
    await client.post(url, { identifiers: [{ type: 'dns', value: 'a.test' }] }, { body: keep });
    const again = await client.send('POST', url, body, { 'content-type': 'application/jose+json' });
    expect([again.errorType, ca.count('newOrder')]).toEqual(['badNonce', 1]);
  });

  it('keeps its nonce when the signature is wrong', async () => {
    const { client } = shared;
    const nonce = await client.nonce();
    const url = `${client.origin}/new-order`;
    const payload = { identifiers: [{ type: 'dns', value: 'a.test' }] };
    const forged = await client.post(url, payload, { header: { nonce }, signWith: newEcKey() });
    const right = await client.post(url, payload, { header: { nonce } });
    expect([forged.status, right.status]).toEqual([400, 201]);
  });

  it('tells which algorithms would be right', async () => {
    const { client } = shared;
    const answer = await client.post(`${client.origin}/new-order`, {}, { header: { alg: 'EdDSA' } });
    expect(answer.json.algorithms).toEqual(['RS256', 'ES256', 'ES384']);
  });
});

describe('every operation that is signed', () => {
  let urls: Readonly<Record<string, string>>;
  beforeAll(async () => {
    const { client } = shared;
    const order = await readyOrder(shared, 'pbx.northwind.test');
    const [authorization = ''] = order.json.authorizations as string[];
    urls = {
      newAccount: `${client.origin}/new-account`,
      newOrder: `${client.origin}/new-order`,
      revokeCert: `${client.origin}/revoke-cert`,
      keyChange: `${client.origin}/key-change`,
      account: String(client.accountUrl),
      accountOrders: `${client.accountUrl}/orders`,
      order: String(order.headers.location),
      finalize: String(order.json.finalize),
      authorization,
      challenge: (await dns01Of(client, order)).url,
      certificate: await issuedUrl(shared, 'pbx.northwind.test'),
    };
  });

  it.each<{ when: string; lies: (world: CaUnderTest) => Lies; refusal: string }>([
    {
      when: 'for another URL',
      lies: ({ ca }) => ({ header: { url: ca.directoryUrl } }),
      refusal: 'unauthorized 403',
    },
    { when: 'by a foreign key', lies: () => ({ signWith: newEcKey() }), refusal: 'malformed 400' },
    {
      when: 'with alg: none',
      lies: () => ({ header: { alg: 'none' }, signature: '' }),
      refusal: 'badSignatureAlgorithm 400',
    },
    {
      when: 'with HS256',
      lies: () => ({ header: { alg: 'HS256' }, hmac: true }),
      refusal: 'badSignatureAlgorithm 400',
    },
    {
      when: 'with jwk and kid',
      lies: ({ client }) => ({ header: { jwk: client.jwk, kid: client.accountUrl } }),
      refusal: 'malformed 400',
    },
    { when: 'by a plain GET', lies: () => ({ method: 'GET' }), refusal: 'malformed 405' },
  ])('refuses a request $when: $refusal', async ({ lies, refusal }) => {
    const { client, ca } = shared;
    const before = Object.keys(urls).map((operation) => ca.count(operation as CaOperation));
    const seen: Record<string, string> = {};
    for (const [operation, url] of Object.entries(urls)) {
      const { errorType, status } = await client.post(url, {}, lies(shared));
      seen[operation] = `${errorType} ${status}`;
    }
    expect(seen).toEqual(Object.fromEntries(Object.keys(urls).map((operation) => [operation, refusal])));
    expect(Object.keys(urls).map((operation) => ca.count(operation as CaOperation))).toEqual(before);
  });

  it('refuses a request that comes again: badNonce 400', async () => {
    const { client } = shared;
    const seen: Record<string, string> = {};
    for (const [operation, url] of Object.entries(urls)) {
      let body = '';
      const keep = (jws: object): string => {
        body = JSON.stringify(jws);
        return body;
      };
      await client.post(url, '', { body: keep });
      const again = await client.send('POST', url, body, { 'content-type': 'application/jose+json' });
      seen[operation] = `${again.errorType} ${again.status}`;
    }
    expect(new Set(Object.values(seen))).toEqual(new Set(['badNonce 400']));
  });

  it('refuses to finalize before everything is proven: orderNotReady 403', async () => {
    const { client, ca } = shared;
    const issued = ca.count('issued');
    const order = await client.order('early.northwind.test');
    const answer = await client.post(String(order.json.finalize), { csr: await csrFor('early.northwind.test') });
    expect([answer.errorType, answer.status, ca.count('issued')]).toEqual(['orderNotReady', 403, issued]);
  });
});

describe('what belongs to another account', () => {
  it('is not shown, answered, finalized or given up', async () => {
    const { client, ca } = await openCa();
    const order = await client.order('pbx.northwind.test');
    const [authorizationUrl] = order.json.authorizations as string[];
    const authorization = await client.read(authorizationUrl);
    const [challenge] = authorization.json.challenges as { url: string }[];
    const stranger = new RawAcme(ca);
    await stranger.register();

    const answers = [
      await stranger.read(order.headers.location),
      await stranger.read(authorizationUrl),
      await stranger.post(String(authorizationUrl), { status: 'deactivated' }),
      await stranger.post(String(challenge?.url), {}),
      await stranger.post(String(order.json.finalize), { csr: 'AAAA' }),
      await stranger.read(client.accountUrl),
    ];

    expect(answers.map(({ errorType }) => errorType)).toEqual(Array.from({ length: 6 }, () => 'unauthorized'));
    expect((await client.read(authorizationUrl)).json.status).toBe('pending');
    expect([...ca.finalizeCounts().values()]).toEqual([0]);
  });

  it('is told apart from what does not exist', async () => {
    const { client } = shared;
    const paths = [
      'order/AAAA',
      'order/AAAA/finalize',
      'authorization/AAAA',
      'authorization/AAAA/challenge/AAAA',
      'certificate/AAAA',
    ];
    for (const path of paths) {
      const answer = await client.read(`${client.origin}/${path}`);
      expect([path, answer.status, answer.errorType]).toEqual([path, 404, 'malformed']);
    }
  });
});

describe('what everybody may ask', () => {
  it('is the directory, a nonce by HEAD and GET, and the terms', async () => {
    const { client, ca } = shared;
    const directory = await client.send('GET', ca.directoryUrl, undefined, {});
    const head = await client.send('HEAD', String(directory.json.newNonce), undefined, {});
    const get = await client.send('GET', String(directory.json.newNonce), undefined, {});
    const meta = directory.json.meta as Record<string, unknown>;
    const terms = await client.send('GET', String(meta.termsOfService), undefined, {});

    expect(Object.keys(directory.json)).toEqual([
      'newNonce',
      'newAccount',
      'newOrder',
      'revokeCert',
      'keyChange',
      'renewalInfo',
      'meta',
    ]);
    expect([directory.status, head.status, get.status, terms.status]).toEqual([200, 200, 204, 200]);
    expect(head.headers['replay-nonce']).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect([get.headers['cache-control'], directory.headers['replay-nonce']]).toEqual(['no-store', undefined]);
    expect([head.links, directory.links]).toEqual([[`<${ca.directoryUrl}>;rel="index"`], []]);
  });
});
