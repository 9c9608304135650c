// CSR first: the key is drawn in our vault and never leaves it; what comes back from the authority is matched to it.

import { createRoute, z } from '@hono/zod-openapi';
import { parseHostname } from '../domain/dns-name.ts';
import { requestFor } from '../steps/server-requests.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { MAX_ALTERNATIVE_NAMES } from './order-schema.ts';
import { problemResponses } from './problem-responses.ts';
import { serverParams } from './server-params.ts';

const requestBody = z
  .strictObject({
    keyType: z.enum(['rsa-2048', 'ec-p256']).default('rsa-2048'),
    alternativeNames: z
      .array(z.string().max(1_000))
      .max(MAX_ALTERNATIVE_NAMES, `has more than ${MAX_ALTERNATIVE_NAMES} names`)
      .default([]),
  })
  .openapi('CsrRequest');

const csrView = z
  .object({
    csr: z.string().openapi({ description: 'PKCS#10 as PEM, to be given to the authority' }),
    names: z.array(z.string()),
    keyType: z.enum(['rsa-2048', 'ec-p256']),
    createdAt: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('Csr');

const makeRequest = createRoute({
  method: 'post',
  path: '/v1/servers/{hostname}/csr',
  summary: 'A CSR for a server, for a key that stays with us; the same until its certificate is in service',
  request: { params: serverParams, body: { required: true, content: { 'application/json': { schema: requestBody } } } },
  responses: {
    200: { description: 'The request', content: { 'application/json': { schema: csrView } } },
    ...problemResponses(400, 401, 403, 409, 413, 415, 422),
  },
});

export function addRequestRoutes(api: Api, services: ApiServices): void {
  api.openapi(makeRequest, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:write');
    const { keyType, alternativeNames } = c.req.valid('json');
    const hostname = parseHostname(c.req.valid('param').hostname, 'hostname');
    const others = alternativeNames.map((name, i) => parseHostname(name, `alternativeNames.${i}`));
    const { csrPem, names, createdAt } = await requestFor(partner, [hostname, ...others], keyType, services);
    return c.json({ csr: csrPem, names: [...names], keyType, createdAt }, 200);
  });
}
