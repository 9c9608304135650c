// Requests and answers of API Gateway, and who calls by the claims of a token.

import { describe, expect, it } from 'vitest';
import { callerOf } from '../../lambdas/gateway-caller.ts';
import { answerOf, type HttpEvent, requestOf } from '../../lambdas/http-event.ts';
import { problemCode } from '../../src/domain/problem.ts';
import { httpEvent } from '../support/lambda-events.ts';

describe('a request of API Gateway', () => {
  it('keeps method, path, query, headers and body', async () => {
    const event = httpEvent('POST /v1/orders?dry=1&x=%2F', { headers: { 'Idempotency-Key': 'k1' }, body: '{"a":"ü"}' });
    const request = requestOf(event);
    expect([request?.method, request?.url]).toEqual(['POST', 'https://api.example.net/v1/orders?dry=1&x=%2F']);
    expect(request?.headers.get('idempotency-key')).toBe('k1');
    expect(await request?.text()).toBe('{"a":"ü"}');
  });

  it('reads a body that came as base64', async () => {
    const body = Buffer.from([0, 255, 10]).toString('base64');
    const request = requestOf({ ...httpEvent('POST /v1/orders', { body }), isBase64Encoded: true });
    expect(await request?.bytes()).toEqual(Uint8Array.from([0, 255, 10]));
  });

  it('gives no body to a GET, and none where there is none', async () => {
    expect(await requestOf(httpEvent('GET /v1/orders', { body: 'x' }))?.text()).toBe('');
    expect(await requestOf(httpEvent('POST /v1/orders'))?.text()).toBe('');
  });

  it.each([
    { when: 'a question mark in the path', rawPath: '/a/x?y', url: 'https://api.example.net/a/x%3Fy' },
    { when: 'a number sign in the path', rawPath: '/a/x#y', url: 'https://api.example.net/a/x%23y' },
    { when: 'two slashes', rawPath: '//evil.test/x', url: 'https://api.example.net//evil.test/x' },
    { when: 'an at sign', rawPath: '/@evil.test', url: 'https://api.example.net/@evil.test' },
  ])('stays on its host and path with $when', ({ rawPath, url }) => {
    expect(requestOf({ ...httpEvent('GET /'), rawPath })?.url).toBe(url);
  });

  it.each([
    { when: 'a header no HTTP has', event: httpEvent('GET /', { headers: { 'bad name': 'x' } }) },
    { when: 'a method fetch refuses', event: httpEvent('TRACE /') },
    { when: 'a length that is another', event: { ...httpEvent('GET /'), rawPath: `/${'\ud800'}`, rawQueryString: '' } },
  ])('is none, or answered, with $when', ({ event }) => {
    expect(() => requestOf(event as HttpEvent)).not.toThrow();
  });

  it('does not keep a length that was counted before', () => {
    const event = httpEvent('POST /v1/orders', { headers: { 'content-length': '9' }, body: '{}' });
    expect(requestOf(event)?.headers.get('content-length')).toBeNull();
  });
});

describe('an answer for API Gateway', () => {
  it('is text where it is text', async () => {
    const answer = await answerOf(Response.json({ a: 1 }, { status: 201, headers: { Location: '/v1/orders/1' } }));
    expect(answer).toMatchObject({ statusCode: 201, body: '{"a":1}', isBase64Encoded: false });
    expect(answer.headers).toMatchObject({ location: '/v1/orders/1', 'content-type': 'application/json' });
  });

  it.each(['text/html; charset=utf-8', 'application/problem+json', 'application/json'])('%s is text', async (type) => {
    const answer = await answerOf(new Response('ü', { headers: { 'content-type': type } }));
    expect(answer).toMatchObject({ body: 'ü', isBase64Encoded: false });
  });

  it('is base64 otherwise, every byte of it', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const answer = await answerOf(new Response(bytes, { headers: { 'content-type': 'application/pkcs10' } }));
    expect(answer.isBase64Encoded).toBe(true);
    expect(Buffer.from(answer.body, 'base64')).toEqual(Buffer.from(bytes));
  });

  it('is empty without a body', async () => {
    expect(await answerOf(new Response(null, { status: 204 }))).toMatchObject({ statusCode: 204, body: '' });
  });
});

describe('who calls', () => {
  const now = new Date('2026-11-26T12:00:00Z');
  const claims = {
    token_use: 'access',
    partner: 'emetrotel',
    scope: 'openid partner/emetrotel ucx-certs/orders:read ucx-certs/orders:write',
    exp: String(now.getTime() / 1_000 + 1),
    client_id: 'abc',
  };

  it('is the partner of the token, with the scopes that are ours', () => {
    expect(callerOf(claims, now)).toEqual({ partner: 'emetrotel', scopes: ['orders:read', 'orders:write'] });
  });

  it.each([
    { when: 'no token was asked for', told: undefined },
    { when: 'claims are no claims', told: 'partner=emetrotel' },
    { when: 'it is the ID token of a client', told: { ...claims, token_use: 'id' } },
    { when: 'it says no use', told: { ...claims, token_use: undefined } },
    { when: 'it has no partner', told: { ...claims, partner: undefined } },
    { when: 'the partner would lead elsewhere', told: { ...claims, partner: 'a#b' } },
    { when: 'partners are many', told: { ...claims, partner: ['emetrotel'] } },
    { when: 'it has no scope', told: { ...claims, scope: undefined } },
    { when: 'it is over', told: { ...claims, exp: String(now.getTime() / 1_000) } },
    { when: 'it has no end', told: { ...claims, exp: undefined } },
    { when: 'its end is no number', told: { ...claims, exp: 'Thu Nov 26 2026' } },
  ])('is nobody when $when', ({ told }) => {
    expect(codeOf(() => callerOf(told, now))).toBe('unauthorized');
  });

  it('has no right by a scope of another service', () => {
    expect(callerOf({ ...claims, scope: 'orders:read xucx-certs/orders:read' }, now).scopes).toEqual([]);
  });
});

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return problemCode(error);
  }
  return undefined;
}
