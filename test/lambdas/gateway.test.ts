// Requests of the gateway as the API meets them: nothing lost, nothing invented, and a caller only where the authorizer saw one.

import { describe, expect, it } from 'vitest';
import { callerOf, type GatewayRequest, toAnswer, toRequest } from '../../lambdas/gateway.ts';
import { withLiveSteps } from '../../lambdas/workflow.ts';

const event: GatewayRequest = {
  rawPath: '/v1/orders',
  rawQueryString: 'limit=5&from=a%20b',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
  requestContext: {
    domainName: 'certificates.example.net',
    http: { method: 'POST' },
    authorizer: {
      jwt: {
        claims: { partner: 'emetrotel', scope: 'ucx-certs/orders:read partner/emetrotel ucx-certs/orders:write' },
      },
    },
  },
};

describe('a request', () => {
  it('keeps path, query, headers and body, also one that is no text', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    const request = toRequest({ ...event, body: bytes.toString('base64'), isBase64Encoded: true });
    expect([request.method, request.url]).toEqual([
      'POST',
      'https://certificates.example.net/v1/orders?limit=5&from=a%20b',
    ]);
    expect(request.headers.get('idempotency-key')).toBe('k1');
    expect(Buffer.from(await request.arrayBuffer())).toEqual(bytes);
    expect(await toRequest({ ...event, body: '{"a":"ü"}' }).text()).toBe('{"a":"ü"}');
  });

  it('to look at something has no body', () => {
    const http = { ...event.requestContext, http: { method: 'GET' } };
    expect(toRequest({ ...event, requestContext: http, body: '' }).body).toBeNull();
  });
});

it('an answer keeps status, headers and text', async () => {
  const answer = await toAnswer(new Response('{"a":1}', { status: 202, headers: { location: '/v1/orders/x' } }));
  expect(answer).toMatchObject({ statusCode: 202, body: '{"a":1}', isBase64Encoded: false });
  expect(answer.headers.location).toBe('/v1/orders/x');
});

describe('the caller', () => {
  it('is whom the authorizer saw, with the scopes that are ours', () => {
    expect(callerOf(event)).toEqual({ partner: 'emetrotel', scopes: ['orders:read', 'orders:write'] });
  });

  it.each([
    { what: 'there was no authorizer', authorizer: undefined },
    { what: 'the token has no partner', authorizer: { jwt: { claims: { scope: 'ucx-certs/orders:read' } } } },
    { what: 'the partner is none', authorizer: { jwt: { claims: { partner: 'a#b', scope: '' } } } },
    { what: 'the token has no scope', authorizer: { jwt: { claims: { partner: 'emetrotel' } } } },
  ])('is nobody where $what', ({ authorizer }) => {
    const requestContext = { ...event.requestContext, authorizer };
    expect(() => callerOf({ ...event, requestContext })).toThrow(expect.objectContaining({ name: 'unauthorized' }));
  });
});

it('a workflow calls steps by plain names, and the function behind their alias is called', async () => {
  class Context {
    #calls: unknown[][] = [];
    readonly executionContext = { arn: 'a' };
    invoke(...call: readonly unknown[]) {
      this.#calls.push([...call]);
      return this.#calls;
    }
    wait(label: string) {
      return [label, this.#calls.length];
    }
  }
  const ctx = withLiveSteps(new Context() as never, 'ucx-certs-prod');
  expect(await ctx.invoke('check-server 1.1', 'check-server', { visit: 1 })).toEqual([
    ['check-server 1.1', 'ucx-certs-prod-check-server:live', { visit: 1 }],
  ]);
  expect(ctx.wait('pause', { seconds: 1 })).toEqual(['pause', 1]);
});
