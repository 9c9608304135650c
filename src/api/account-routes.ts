// The account we log in with on a server: the script that sets it up there, for ops to read and run.

import { createRoute, z } from '@hono/zod-openapi';
import { parseHostname } from '../domain/dns-name.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { serverSetupScript } from '../domain/server-account.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { line } from './one-line.ts';
import { SITE_PORT } from './order-schema.ts';
import { problemResponses } from './problem-responses.ts';
import { serverParams } from './server-params.ts';

const setupView = z
  .object({
    hostname: z.string(),
    profile: z.string(),
    script: z.string().openapi({ description: 'POSIX sh, to be run once as root on the server; holds no secret' }),
  })
  .openapi('ServerSetup');

const getSetup = createRoute({
  method: 'get',
  path: '/v1/servers/{hostname}/setup',
  summary: 'The script that sets up our account on a server, every part explained',
  request: {
    params: serverParams,
    query: z.strictObject({
      profile: line(60),
      sitePort: z.coerce.number().int().min(1).max(65_535).default(SITE_PORT),
    }),
  },
  responses: {
    200: { description: 'The script', content: { 'application/json': { schema: setupView } } },
    ...problemResponses(400, 401, 403, 422),
  },
});

/** The server need not be known yet: it is set up before its first order. */
export function addAccountRoutes(api: Api, { settings }: ApiServices): void {
  api.openapi(getSetup, async (c) => {
    const { partner } = requireScope(c.var.caller, 'servers:admin');
    const hostname = parseHostname(c.req.valid('param').hostname, 'hostname');
    const { profile: id, sitePort } = c.req.valid('query');
    const profile = Object.hasOwn(settings.profiles, id) ? settings.profiles[id] : undefined;
    if (profile === undefined)
      throw new Problem('profile-unknown', `no connection profile ${quoted(id)}`, { field: 'profile' });
    const { restart, status, calls, web } = profile.commands;
    const script = serverSetupScript({
      hostname,
      account: profile.account,
      publicKeys: settings.publicKeys?.[partner] ?? [],
      egress: settings.egress ?? [],
      loopbackPorts: [sitePort, ...(web === undefined ? [] : [web.port])],
      stagingFolder: profile.stagingFolder,
      serviceGroup: profile.serviceGroup,
      sslConf: profile.sslConf,
      commands: [restart ?? '', status, calls ?? '', web?.check ?? '', web?.reload ?? ''],
    });
    return c.json({ hostname, profile: id, script }, 200);
  });
}
