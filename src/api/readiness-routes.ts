// The readiness report of a server: asked for, read, printed.

import { createRoute, z } from '@hono/zod-openapi';
import { styleSource } from '../domain/notice-html.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { CLIENTS, judgeReadiness, READINESS_CODES } from '../domain/readiness.ts';
import { bypassKey } from '../steps/bypass-records.ts';
import { lookKey, serverKey } from '../steps/records.ts';
import { acceptLook } from '../workflows/look-at-server.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { problemResponses } from './problem-responses.ts';
import { READINESS_STYLE, readinessPage } from './readiness-page.ts';
import { serverParams } from './server-params.ts';

const moment = z.string().openapi({ format: 'date-time' });
const verdict = z.enum(['yes', 'no', 'cannot-say']);
const readinessView = z
  .object({
    hostname: z.string(),
    sitePort: z.int(),
    seenAt: moment,
    verdicts: z.object({ iphone: verdict, android: verdict, browser: verdict, desktop: verdict }),
    findings: z.array(
      z.object({
        code: z.enum(READINESS_CODES),
        severity: z.enum(['stops', 'warns', 'advice', 'not-checked']),
        clients: z.array(z.enum(CLIENTS)),
        sentence: z.string(),
        remedy: z.string(),
        who: z.enum(['customer-dns', 'customer-network', 'ucx-administrator', 'emetrotel']),
      }),
    ),
  })
  .openapi('Readiness');

const lookView = z
  .object({ hostname: z.string(), askedAt: moment.openapi({ description: 'of the look this one is' }) })
  .openapi('Look');

const askForLook = createRoute({
  method: 'post',
  path: '/v1/servers/{hostname}/readiness',
  summary: 'Look at a server from outside and inside; also after somebody has changed something',
  request: { params: serverParams },
  responses: {
    202: { description: 'Begun, or under way', content: { 'application/json': { schema: lookView } } },
    ...problemResponses(400, 401, 403, 404),
  },
});

const getReadiness = createRoute({
  method: 'get',
  path: '/v1/servers/{hostname}/readiness',
  summary:
    'Whether phones, browsers and desktop clients would connect, as last looked at; as a page with Accept: text/html',
  request: { params: serverParams },
  responses: {
    200: {
      description: 'The latest report',
      content: { 'application/json': { schema: readinessView }, 'text/html': { schema: z.string() } },
    },
    ...problemResponses(400, 401, 403, 404),
  },
});

export function addReadinessRoutes(api: Api, services: ApiServices): void {
  api.openapi(askForLook, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:write');
    const { hostname } = c.req.valid('param');
    const { askedAt } = await acceptLook(partner, hostname, services);
    return c.json({ hostname, askedAt }, 202);
  });

  api.openapi(getReadiness, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const { hostname } = c.req.valid('param');
    const { inventory, clock } = services;
    if ((await inventory.find(serverKey(partner, hostname))) === undefined)
      throw new Problem('not-found', `no server ${quoted(hostname)}`);
    const report = (await inventory.find(lookKey(partner, hostname)))?.value.report;
    if (report === undefined)
      throw new Problem(
        'not-found',
        `nobody has looked at ${quoted(hostname)} yet; ask for it with POST, it takes some seconds`,
      );
    const bypass = (await inventory.find(bypassKey(partner, hostname)))?.value;
    const facts = { ...report.facts, bypass: bypass?.offAt === undefined ? bypass : undefined };
    const readiness = judgeReadiness(facts, clock.now());
    const { sitePort } = report.facts;
    const { seenAt } = report;
    if (/\btext\/html\b/.test(c.req.header('accept') ?? '')) {
      const style = styleSource(READINESS_STYLE);
      c.header(
        'Content-Security-Policy',
        `default-src 'none'; style-src '${style}'; base-uri 'none'; frame-ancestors 'none'`,
      );
      return c.html(readinessPage({ hostname, sitePort, seenAt, readiness }), 200);
    }
    const findings = readiness.findings.map((finding) => ({ ...finding, clients: [...finding.clients] }));
    return c.json({ hostname, sitePort, seenAt, verdicts: readiness.verdicts, findings }, 200);
  });
}
