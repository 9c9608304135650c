// Who gets in: tokens of ours that are in force, and what each may do.

import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/api/bearer-token.ts';
import { ApiWorld, BEGIN, NORTHWIND } from '../support/api-world.ts';

const seconds = Math.floor(BEGIN.getTime() / 1000);

function signed(key: Uint8Array, change: { audience?: string; claims?: object; end?: number } = {}) {
  const { audience = 'ucx-certs', claims = {}, end = seconds + 60 } = change;
  return new SignJWT({ partner: NORTHWIND, scope: SCOPES.join(' '), ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(audience)
    .setIssuedAt(seconds)
    .setExpirationTime(end)
    .sign(key);
}

const world = new ApiWorld();
const key = world.tokenKey;
const good = await signed(key);
const [head = '', body = '', signature = ''] = good.split('.');
const hmac = (digest: string, text: string) => createHmac(digest, key).update(text).digest('base64url');
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const outsiders: readonly { readonly with: string; readonly authorization: string | undefined }[] = [
  { with: 'no header', authorization: undefined },
  { with: 'nothing after the scheme', authorization: 'Bearer ' },
  { with: 'another scheme', authorization: `Basic ${good}` },
  { with: 'the token alone', authorization: good },
  { with: 'two tokens', authorization: `Bearer ${good}, Bearer ${good}` },
  { with: 'text that is no token', authorization: 'Bearer abc' },
  { with: 'a token of 5,000 characters', authorization: `Bearer ${good}${'a'.repeat(5_000)}` },
  { with: 'a token that has ended', authorization: `Bearer ${await signed(key, { end: seconds })}` },
  {
    with: 'a token without an end',
    authorization: `Bearer ${await new SignJWT({ partner: NORTHWIND, scope: '' }).setProtectedHeader({ alg: 'HS256' }).setAudience('ucx-certs').sign(key)}`,
  },
  { with: 'a token that is not yet', authorization: `Bearer ${await signed(key, { claims: { nbf: seconds + 60 } })}` },
  { with: 'a token for somebody else', authorization: `Bearer ${await signed(key, { audience: 'other' })}` },
  { with: 'a token of another key', authorization: `Bearer ${await signed(new Uint8Array(32).fill(8))}` },
  {
    with: 'a token of another algorithm',
    authorization: `Bearer ${part({ alg: 'HS512' })}.${body}.${hmac('sha512', `${part({ alg: 'HS512' })}.${body}`)}`,
  },
  { with: 'a token without a signature', authorization: `Bearer ${head}.${body}.` },
  {
    with: 'alg: none',
    authorization: `Bearer ${new UnsecuredJWT({ partner: NORTHWIND, scope: SCOPES.join(' ') })
      .setAudience('ucx-certs')
      .setExpirationTime(seconds + 60)
      .encode()}`,
  },
  { with: 'alg: none and our signature', authorization: `Bearer ${part({ alg: 'none' })}.${body}.${signature}` },
  {
    with: 'another partner under our signature',
    authorization: `Bearer ${head}.${part({ partner: 'southwind', scope: SCOPES.join(' '), aud: 'ucx-certs', exp: seconds + 60 })}.${signature}`,
  },
  { with: 'no partner', authorization: `Bearer ${await signed(key, { claims: { partner: undefined } })}` },
  {
    with: 'a partner that reaches into keys',
    authorization: `Bearer ${await signed(key, { claims: { partner: 'a#ORDERS' } })}`,
  },
  { with: 'an empty partner', authorization: `Bearer ${await signed(key, { claims: { partner: '' } })}` },
  {
    with: 'a partner that is no text',
    authorization: `Bearer ${await signed(key, { claims: { partner: ['northwind'] } })}`,
  },
  { with: 'no scope', authorization: `Bearer ${await signed(key, { claims: { scope: undefined } })}` },
  { with: 'a list of scopes', authorization: `Bearer ${await signed(key, { claims: { scope: SCOPES } })}` },
];

describe('a caller', () => {
  it.each(outsiders)(
    'with $with stays outside, is told how to come in and hears nothing of the token',
    async ({ authorization }) => {
      const answer = await world.ask('GET', '/v1/orders', { headers: { authorization } });
      expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="ucx-certs"');
      expect(answer.json.detail).toMatch(
        /^(?:give the token as "Authorization: Bearer …"|the token is not valid, or no longer)$/,
      );
      expect(world.log.lines()).toEqual([]);
    },
  );

  it('with a token in force comes in, whatever the case of the scheme', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect((await world.ask('GET', '/v1/orders', { headers: { authorization: `${scheme} ${good}` } })).status).toBe(
        200,
      );
  });

  it('stays outside once the token has ended', async () => {
    const late = new ApiWorld();
    const authorization = `Bearer ${await late.token(NORTHWIND, SCOPES, 60)}`;
    expect((await late.ask('GET', '/v1/orders', { headers: { authorization } })).status).toBe(200);
    late.now = new Date(BEGIN.getTime() + 60_000);
    expect((await late.ask('GET', '/v1/orders', { headers: { authorization } })).status).toBe(401);
  });
});

describe('a scope', () => {
  const hostKey = { hostKey: `SHA256:${'B'.repeat(43)}` };
  const opensAt = { opensAt: '2027-01-13T07:30:00Z' };
  const webhook = { url: 'https://orders.customer.example/', secret: `whsec_${'A'.repeat(32)}` };
  const doors: readonly { method: string; path: string; scope: Scope; body?: object }[] = [
    { method: 'POST', path: '/v1/orders', scope: 'orders:write', body: {} },
    { method: 'GET', path: '/v1/orders', scope: 'orders:read' },
    { method: 'GET', path: '/v1/orders/o1', scope: 'orders:read' },
    { method: 'POST', path: '/v1/orders/o1/cancel', scope: 'orders:write' },
    { method: 'POST', path: '/v1/orders/o1/revoke', scope: 'servers:admin', body: { reason: 'superseded' } },
    { method: 'GET', path: '/v1/authorities', scope: 'service:admin' },
    { method: 'POST', path: '/v1/authorities/letsencrypt/roll-key', scope: 'service:admin' },
    { method: 'PUT', path: '/v1/webhook', scope: 'webhook:write', body: webhook },
    { method: 'GET', path: '/v1/webhook', scope: 'orders:read' },
    { method: 'DELETE', path: '/v1/webhook', scope: 'webhook:write' },
    { method: 'GET', path: '/v1/webhook/deliveries', scope: 'orders:read' },
    { method: 'POST', path: '/v1/webhook/deliveries/a1/replay', scope: 'webhook:write' },
    { method: 'GET', path: '/v1/certificates', scope: 'orders:read' },
    {
      method: 'POST',
      path: '/v1/certificates/check',
      scope: 'orders:read',
      body: { files: [{ name: 'a', content: 'YQ==' }] },
    },
    { method: 'POST', path: '/v1/servers/pbx.northwind.test/csr', scope: 'orders:write', body: {} },
    { method: 'GET', path: '/v1/servers/pbx.northwind.test', scope: 'orders:read' },
    { method: 'GET', path: '/v1/servers/pbx.northwind.test/readiness', scope: 'orders:read' },
    { method: 'POST', path: '/v1/servers/pbx.northwind.test/readiness', scope: 'orders:write' },
    { method: 'POST', path: '/v1/servers/pbx.northwind.test/bypass-off', scope: 'orders:write' },
    { method: 'GET', path: '/v1/servers/pbx.northwind.test/setup?profile=ucx-ssh', scope: 'servers:admin' },
    { method: 'POST', path: '/v1/appointments/a1/confirm', scope: 'appointments:write' },
    { method: 'POST', path: '/v1/appointments/a1/run-now', scope: 'appointments:write' },
    { method: 'POST', path: '/v1/appointments/a1/done', scope: 'appointments:write' },
    { method: 'POST', path: '/v1/appointments/a1/cancel', scope: 'appointments:write' },
    { method: 'POST', path: '/v1/appointments/a1/move', scope: 'appointments:write', body: opensAt },
    { method: 'POST', path: '/v1/servers/pbx.northwind.test/host-key', scope: 'servers:admin', body: hostKey },
    { method: 'POST', path: '/v1/servers/pbx.northwind.test/clear-ssh-stop', scope: 'servers:admin' },
    { method: 'GET', path: '/v1/ssh-key', scope: 'servers:admin' },
    { method: 'POST', path: '/v1/ssh-key/rotate', scope: 'servers:admin', body: {} },
    { method: 'GET', path: '/v1/hold', scope: 'orders:read' },
    { method: 'PUT', path: '/v1/hold', scope: 'servers:admin', body: { reason: 'fair' } },
    { method: 'DELETE', path: '/v1/hold', scope: 'servers:admin' },
  ];

  it.each(doors)('$scope opens $method $path, and all the others do not', async ({ method, path, scope, body }) => {
    const fresh = new ApiWorld();
    const others = SCOPES.filter((other) => other !== scope);
    const ask = (scopes: readonly Scope[]) =>
      path === '/v1/orders' && method === 'POST'
        ? fresh.place({}, 'k1', { scopes })
        : fresh.ask(method, path, { body, scopes });
    const shut = await ask(others);
    expect(shut).toMatchObject({
      status: 403,
      json: { code: 'forbidden', detail: `the token lacks the scope "${scope}"` },
    });
    expect(fresh.inventory.writes).toEqual([]);
    expect(fresh.executions.started).toEqual([]);
    expect((await ask([scope])).status).not.toBe(403);
  });

  it('is asked for at every door there is', async () => {
    const { paths } = (await world.ask('GET', '/v1/openapi.json')).json;
    const known = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m} ${path}`),
    );
    const tried = doors.map(({ method, path }) =>
      `${method.toLowerCase()} ${path}`
        .replace(/\?.*/, '')
        .replace('pbx.northwind.test', '{hostname}')
        .replace('letsencrypt', '{id}')
        .replace(/\/(o1|a1)(?=\/|$)/, '/{id}'),
    );
    expect(tried.sort()).toEqual(known.sort());
  });
});
