// The OpenAPI document: served to everyone, whole in itself, and true of every route there is.

import { describe, expect, it } from 'vitest';
import { problemCodes } from '../../src/domain/problem.ts';
import { LINK_PATH } from '../../src/steps/notice-link.ts';
import { ApiWorld } from '../support/api-world.ts';

const world = new ApiWorld();
const answer = await world.ask('GET', '/v1/openapi.json', { headers: { authorization: undefined } });
const document = answer.json;

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, { schema: object }> }
  >;
}

const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1, for anyone who asks', () => {
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: expect.any(String), version: expect.any(String) },
      security: [{ bearer: [] }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    });
  });

  it('has every route, and no other; the pages that links in mails lead to are for people', () => {
    const routes = world.api.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/v1/openapi.json' && !path.startsWith(LINK_PATH))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([...new Set(routes)].sort());
  });

  it('refers only to what it holds', () => {
    const refs = [...answer.text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(refs.length).toBeGreaterThan(10);
    const missing = refs.filter((ref) => {
      const [, components = '', schemas = '', name = ''] = ref.split('/');
      return document[components]?.[schemas]?.[name] === undefined;
    });
    expect(missing).toEqual([]);
  });

  it.each(operations)(
    'tells of $method $path: what it is, what goes in, what comes out, what can go wrong',
    ({ path, operation }) => {
      expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map((parameter) => parameter.name)).toEqual(inPath);
      expect(declared.every((parameter) => parameter.required)).toBe(true);
      if (operation.requestBody !== undefined) {
        expect(Object.keys(operation.requestBody.content)).toEqual(['application/json']);
        expect(operation.requestBody.required).toBe(true);
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '413', '415']));
      }
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403']));
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description).not.toBe('');
        if (status !== '204')
          expect(Object.keys(response.content ?? {}).filter((type) => type !== 'text/html')).toEqual([
            status < '300' ? 'application/json' : 'application/problem+json',
          ]);
      }
    },
  );

  it('writes schemas in the words of 3.1, strict where the API is', () => {
    expect(answer.text).not.toMatch(/"nullable":|"exclusiveM(?:in|ax)imum":(?:true|false)/);
    const { OrderRequest, WindowPolicy, WeeklyWindow, Contact, Move, HostKey, Hold } = document.components.schemas;
    for (const schema of [OrderRequest, WindowPolicy, WeeklyWindow, Contact, Move, HostKey, Hold])
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(OrderRequest.required).toEqual([
      'hostname',
      'customer',
      'publicIp',
      'connectionProfile',
      'contacts',
      'windowPolicy',
    ]);
    expect(OrderRequest.properties.sitePort).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 65_535,
      default: 21_326,
    });
  });

  it('asks for the idempotency key', () => {
    const place = operations.find(({ path, method }) => path === '/v1/orders' && method === 'post');
    expect(place?.operation.parameters).toMatchObject([{ name: 'idempotency-key', in: 'header', required: true }]);
  });

  it('says what a problem looks like', () => {
    expect(document.components.schemas.Problem.required).toEqual(['type', 'title', 'status', 'code', 'detail']);
    expect(problemCodes()).toContain('bad-request');
  });
});
