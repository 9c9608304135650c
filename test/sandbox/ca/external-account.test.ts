// External account binding at the CA: who has a MAC key gets an account, every other way in is refused with its right type.

import { createHmac } from 'node:crypto';
import * as acme from 'acme-client';
import { describe, expect, it } from 'vitest';
import type { CaDials } from '../../../src/sandbox/ca/ca-dials.ts';
import { acmeClient, obtain, openCa } from './ca-under-test.ts';
import { newEcKey, RawAcme, type RawAnswer } from './raw-acme.ts';

const KEY_ID = 'partner-7';
const HMAC_KEY = Buffer.alloc(32, 'k').toString('base64url');
const bound: Partial<CaDials> = { externalAccounts: { [KEY_ID]: HMAC_KEY } };

interface Binding {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly without?: string;
  readonly payload?: object;
  readonly hash?: string;
  readonly hmacKey?: string;
  readonly change?: (jws: Readonly<Record<string, string>>) => unknown;
}

describe('a CA with external accounts', () => {
  it('says so in its directory, and gives an account to who has the MAC key', async () => {
    const { ca, dns, client } = await openCa({ dials: bound });
    const { json } = await client.send('GET', ca.directoryUrl, undefined, {});
    const other = await acmeClient(ca);
    const withBinding = new acme.Client({
      directoryUrl: ca.directoryUrl,
      accountKey: await acme.crypto.createPrivateEcdsaKey(),
      externalAccountBinding: { kid: KEY_ID, hmacKey: HMAC_KEY },
      backoffMin: 25,
    });

    await expect(other.createAccount({ termsOfServiceAgreed: true })).rejects.toThrow('must be bound');
    await withBinding.createAccount({ termsOfServiceAgreed: true });
    const { answered } = await obtain(withBinding, dns, ['pbx.northwind.test']);

    expect(json.meta).toMatchObject({ externalAccountRequired: true });
    expect(answered).toBe(1);
  });

  it.each([
    { alg: 'HS256', hash: 'sha256' },
    { alg: 'HS384', hash: 'sha384' },
    { alg: 'HS512', hash: 'sha512' },
  ])('takes a MAC of $alg', async ({ alg, hash }) => {
    const { ca } = await openCa({ dials: bound });
    expect((await registerBound(new RawAcme(ca), { header: { alg }, hash })).status).toBe(201);
  });

  it.each<{ when: string; binding: Binding; type: string; status: number }>([
    { when: 'has no algorithm', binding: { without: 'alg' }, type: 'badSignatureAlgorithm', status: 400 },
    {
      when: 'uses a signature instead of a MAC',
      binding: { header: { alg: 'ES256' } },
      type: 'badSignatureAlgorithm',
      status: 400,
    },
    {
      when: 'uses the algorithm none',
      binding: { header: { alg: 'none' } },
      type: 'badSignatureAlgorithm',
      status: 400,
    },
    { when: 'has no key id', binding: { without: 'kid' }, type: 'malformed', status: 400 },
    { when: 'has a key id that is a number', binding: { header: { kid: 7 } }, type: 'malformed', status: 400 },
    { when: 'has jwk and kid', binding: { header: { jwk: {} } }, type: 'malformed', status: 400 },
    { when: 'names a key id there is not', binding: { header: { kid: 'x' } }, type: 'unauthorized', status: 403 },
    {
      when: 'names what every object has',
      binding: { header: { kid: 'toString' } },
      type: 'unauthorized',
      status: 403,
    },
    { when: 'is made with another MAC key', binding: { hmacKey: 'AAAA' }, type: 'unauthorized', status: 403 },
    {
      when: 'has its MAC cut short',
      binding: { change: ({ signature, ...rest }) => ({ ...rest, signature: signature?.slice(0, 4) }) },
      type: 'unauthorized',
      status: 403,
    },
    { when: 'is for another URL', binding: { header: { url: 'https://a.test' } }, type: 'malformed', status: 400 },
    { when: 'has a nonce', binding: { header: { nonce: 'AAAA' } }, type: 'malformed', status: 400 },
    {
      when: 'is for another account key',
      binding: { payload: newEcKey().publicKey.export({ format: 'jwk' }) },
      type: 'malformed',
      status: 400,
    },
    { when: 'is for no key', binding: { payload: {} }, type: 'malformed', status: 400 },
    { when: 'is text', binding: { change: () => 'bound' }, type: 'malformed', status: 400 },
    { when: 'is a list', binding: { change: (jws) => [jws] }, type: 'malformed', status: 400 },
    {
      when: 'has an unprotected header',
      binding: { change: (jws) => ({ ...jws, header: {} }) },
      type: 'malformed',
      status: 400,
    },
  ])('refuses a binding as $type when it $when', async ({ binding, type, status }) => {
    const { ca } = await openCa({ dials: bound });
    const answer = await registerBound(new RawAcme(ca), binding);
    expect([answer.errorType, answer.status]).toEqual([type, status]);
    expect((await registerBound(new RawAcme(ca))).status).toBe(201);
  });

  it('takes a key id once, also after a restart and for two requests at the same time', async () => {
    const world = await openCa({ dials: bound });
    const clients = [new RawAcme(world.ca), new RawAcme(world.ca)];
    const answers = await Promise.all(clients.map((client) => registerBound(client)));
    const again = await world.restart();
    const later = await registerBound(new RawAcme(again));
    again.turn({ externalAccountsSingleUse: false });
    const shared = await registerBound(new RawAcme(again));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 403]);
    expect([later.errorType, shared.status]).toEqual(['unauthorized', 201]);
  });

  it('finds an account that is there without a binding', async () => {
    const { client } = await openCa({ dials: bound });
    const lies = { without: ['kid'], header: { jwk: client.jwk } };
    const answer = await client.post(`${client.origin}/new-account`, { onlyReturnExisting: true }, lies);
    expect([answer.status, answer.headers.location]).toEqual([200, client.accountUrl]);
  });
});

function registerBound(client: RawAcme, binding: Binding = {}): Promise<RawAnswer> {
  const url = `${client.origin}/new-account`;
  const header: Record<string, unknown> = { alg: 'HS256', kid: KEY_ID, url, ...binding.header };
  delete header[binding.without ?? ''];
  const parts = { protected: encoded(header), payload: encoded(binding.payload ?? client.jwk) };
  const signature = createHmac(binding.hash ?? 'sha256', Buffer.from(binding.hmacKey ?? HMAC_KEY, 'base64url'))
    .update(`${parts.protected}.${parts.payload}`)
    .digest('base64url');
  const jws = { ...parts, signature };
  const externalAccountBinding = binding.change === undefined ? jws : binding.change(jws);
  return client.post(url, { termsOfServiceAgreed: true, externalAccountBinding });
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
