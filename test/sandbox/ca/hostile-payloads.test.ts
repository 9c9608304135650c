// Accounts and orders nobody should get: each request is refused with the problem type that is right, and changes nothing.

import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CaUnderTest, openCa, openCaForAll } from './ca-under-test.ts';
import { type Lies, newEcKey, RawAcme } from './raw-acme.ts';

const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const p521 = newEcKey('P-521');

let shared: CaUnderTest;
beforeAll(async () => {
  shared = await openCaForAll();
  return () => shared.close();
});

describe('a request for an account', () => {
  it.each<{ when: string; payload: object; lies?: Lies; type: string }>([
    { when: 'does not agree to the terms', payload: {}, type: 'userActionRequired' },
    { when: 'only wants one that is there', payload: { onlyReturnExisting: true }, type: 'accountDoesNotExist' },
    {
      when: 'gives a telephone',
      payload: { termsOfServiceAgreed: true, contact: ['tel:+1'] },
      type: 'unsupportedContact',
    },
    {
      when: 'gives two addresses in one',
      payload: { termsOfServiceAgreed: true, contact: ['mailto:a@b.test,c@d.test'] },
      type: 'invalidContact',
    },
    {
      when: 'gives contacts that are no list',
      payload: { termsOfServiceAgreed: true, contact: 'mailto:a@b.test' },
      type: 'malformed',
    },
    {
      when: 'is signed by a weak RSA key',
      payload: {},
      lies: { header: { alg: 'RS256', jwk: weakRsa.publicKey.export({ format: 'jwk' }) }, signWith: weakRsa },
      type: 'badPublicKey',
    },
    {
      when: 'is signed by a P-521 key',
      payload: {},
      lies: { header: { jwk: p521.publicKey.export({ format: 'jwk' }) }, signWith: p521 },
      type: 'badPublicKey',
    },
    {
      when: 'has a key that is none',
      payload: {},
      lies: { header: { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } } },
      type: 'badPublicKey',
    },
    {
      when: 'gives its private key away',
      payload: {},
      lies: { header: { jwk: p521.privateKey.export({ format: 'jwk' }) } },
      type: 'malformed',
    },
    {
      when: 'is signed by a kid',
      payload: {},
      lies: { header: { kid: 'https://localhost/account/1' }, without: ['jwk'] },
      type: 'malformed',
    },
  ])('is refused as $type when it $when', async ({ payload, lies, type }) => {
    const { ca } = shared;
    const stranger = new RawAcme(ca);
    const answer = await stranger.post(`${stranger.origin}/new-account`, payload, lies);
    expect(answer.errorType).toBe(type);
  });

  it('gives the account that the key has, and the same URL', async () => {
    const { client } = shared;
    const url = `${client.origin}/new-account`;
    const again = await client.post(
      url,
      { onlyReturnExisting: true },
      { without: ['kid'], header: { jwk: client.jwk } },
    );
    expect([again.status, again.headers.location]).toEqual([200, client.accountUrl]);
  });

  it.each([
    { when: 'changes nothing', payload: {}, type: 'malformed' },
    { when: 'sets a status there is not', payload: { status: 'valid' }, type: 'malformed' },
    { when: 'gives a bad contact', payload: { contact: ['mailto:nobody'] }, type: 'invalidContact' },
  ])('is refused as $type when it $when', async ({ payload, type }) => {
    const { client } = shared;
    const answer = await client.post(String(client.accountUrl), payload);
    expect([answer.errorType, (await client.read(client.accountUrl)).json.status]).toEqual([type, 'valid']);
  });

  it('is refused for a key whose account is deactivated', async () => {
    const { client } = await openCa();
    await client.post(String(client.accountUrl), { status: 'deactivated' });
    const read = await client.read(client.accountUrl);
    const lies = { without: ['kid'], header: { jwk: client.jwk } };
    const anew = await client.post(`${client.origin}/new-account`, { termsOfServiceAgreed: true }, lies);
    expect([read.errorType, anew.errorType]).toEqual(['unauthorized', 'unauthorized']);
  });
});

describe('a request for an order', () => {
  it.each<{ names: readonly string[]; type: string }>([
    { names: [], type: 'malformed' },
    { names: [''], type: 'malformed' },
    { names: ['Pbx.northwind.test'], type: 'malformed' },
    { names: ['pbx.northwind.test.'], type: 'malformed' },
    { names: ['pbx..northwind.test'], type: 'malformed' },
    { names: ['pbx_1.northwind.test'], type: 'malformed' },
    { names: ['-pbx.northwind.test'], type: 'malformed' },
    { names: [`${'a'.repeat(64)}.test`], type: 'malformed' },
    { names: [`${'a.'.repeat(126)}test`], type: 'malformed' },
    { names: ['a.*.northwind.test'], type: 'malformed' },
    { names: ['*.*.northwind.test'], type: 'malformed' },
    { names: ['pbx.northwind.test', 'pbx.northwind.test'], type: 'malformed' },
    { names: ['*.northwind.test', 'pbx.northwind.test'], type: 'malformed' },
    { names: ['tëst.northwind.test'], type: 'malformed' },
    { names: ['2001:db8::1'], type: 'malformed' },
    { names: ['203.0.113.5'], type: 'rejectedIdentifier' },
    { names: ['test'], type: 'rejectedIdentifier' },
    { names: ['*.test'], type: 'rejectedIdentifier' },
    { names: ['localhost.localdomain'], type: 'rejectedIdentifier' },
    { names: ['pbx.local'], type: 'rejectedIdentifier' },
  ])('is refused as $type for $names', async ({ names, type }) => {
    const { client } = shared;
    expect((await client.order(...names)).errorType).toBe(type);
  });

  it('is refused for identifiers that are no DNS names', async () => {
    const { client } = shared;
    const url = `${client.origin}/new-order`;
    const answer = await client.post(url, { identifiers: [{ type: 'ip', value: '203.0.113.5' }] });
    expect(answer.errorType).toBe('unsupportedIdentifier');
  });

  it('is refused when it wants to choose the validity', async () => {
    const { client } = shared;
    const identifiers = [{ type: 'dns', value: 'a.test' }];
    const answer = await client.post(`${client.origin}/new-order`, { identifiers, notAfter: '2030-01-01T00:00:00Z' });
    expect(answer.errorType).toBe('malformed');
  });

  it('says of each bad identifier what is wrong with it', async () => {
    const { client } = shared;
    const answer = await client.order('pbx.northwind.test', 'bad_name.test', 'localhost');
    expect(answer.errorType).toBe('compound');
    expect(answer.json.subproblems).toEqual([
      expect.objectContaining({
        identifier: { type: 'dns', value: 'bad_name.test' },
        type: expect.stringMatching(/:malformed$/),
      }),
      expect.objectContaining({
        identifier: { type: 'dns', value: 'localhost' },
        type: expect.stringMatching(/:rejectedIdentifier$/),
      }),
    ]);
  });
});
