// Certificates in service: listed with how the renewal of each stands.

import { createRoute, z } from '@hono/zod-openapi';
import type { Certificate } from '../domain/certificate.ts';
import { certificatesPartition } from '../domain/inventory-key.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { certificateView, viewCertificate } from './certificate-view.ts';
import { pageQuery } from './order-routes.ts';
import { problemResponses } from './problem-responses.ts';

const listed = certificateView.extend({ hostname: z.string() });

const listCertificates = createRoute({
  method: 'get',
  path: '/v1/certificates',
  summary: 'Certificates in service, by hostname, in pages',
  request: { query: pageQuery },
  responses: {
    200: {
      description: 'A page',
      content: {
        'application/json': {
          schema: z.object({ certificates: z.array(listed), next: z.string().optional() }).openapi('CertificatePage'),
        },
      },
    },
    ...problemResponses(400, 401, 403),
  },
});

export function addCertificateRoutes(api: Api, { inventory, clock }: ApiServices): void {
  api.openapi(listCertificates, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const page = await inventory.list<Certificate>(certificatesPartition(partner), c.req.valid('query'));
    const now = clock.now();
    const certificates = page.items.map(({ value }) => ({ hostname: value.hostname, ...viewCertificate(value, now) }));
    return c.json({ certificates, next: page.next }, 200);
  });
}
