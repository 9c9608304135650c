// A certificate is judged before anybody orders anything with it: nothing of it is kept.

import { createRoute, z } from '@hono/zod-openapi';
import { parseHostname } from '../domain/dns-name.ts';
import { judgeUpload } from '../steps/judge-upload.ts';
import { requestsFor } from '../steps/server-requests.ts';
import { knownIntermediates, trustOf } from '../steps/trust.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { problemResponses } from './problem-responses.ts';
import { checkView, readUpload, uploadBody, viewCheck } from './upload-schema.ts';

const body = uploadBody
  .extend({
    hostname: z
      .string()
      .max(1_000)
      .optional()
      .openapi({ description: 'the server it is for; left out, names are not looked at' }),
    revocation: z
      .boolean()
      .default(false)
      .openapi({ description: 'ask the list of its authority whether it was taken back' }),
  })
  .openapi('CertificateCheckRequest');

const checkCertificate = createRoute({
  method: 'post',
  path: '/v1/certificates/check',
  summary: 'Say what a certificate is, what is wrong with it, and whether phones would connect; keeps nothing',
  request: { body: { required: true, content: { 'application/json': { schema: body } } } },
  responses: {
    200: { description: 'The verdict', content: { 'application/json': { schema: checkView } } },
    ...problemResponses(400, 401, 403, 413, 415, 422),
  },
});

export function addCheckRoutes(api: Api, services: ApiServices): void {
  const { certificateFiles, publishedIssuers, clock, settings } = services;
  api.openapi(checkCertificate, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const asked = c.req.valid('json');
    const hostname = asked.hostname === undefined ? undefined : parseHostname(asked.hostname, 'hostname');
    const requests = hostname === undefined ? [] : await requestsFor(partner, hostname, services);
    const judged = await judgeUpload(
      readUpload(asked),
      {
        hostname,
        now: clock.now(),
        trust: trustOf(settings),
        known: await knownIntermediates(services),
        needsKey: false,
        ourKeys: requests.map(({ publicKey }) => ({ publicKey, from: 'a request we made' })),
      },
      { certificateFiles, published: publishedIssuers, asksRevocation: asked.revocation },
    );
    return c.json(viewCheck(judged), 200);
  });
}
