// The account we log in with on a server: the script that sets it up there, for ops to read and run.

import { createRoute, z } from '@hono/zod-openapi';
import { parseHostname } from '../domain/dns-name.ts';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { serverNodes, sshKeyIdOf } from '../domain/server.ts';
import { serverSetupScript } from '../domain/server-account.ts';
import { accountFor } from '../steps/account-for.ts';
import { serverKey } from '../steps/records.ts';
import { findSshKeys } from '../steps/ssh-key-records.ts';
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
export function addAccountRoutes(api: Api, services: ApiServices): void {
  const { settings } = services;
  api.openapi(getSetup, async (c) => {
    const { partner } = requireScope(c.var.caller, 'servers:admin');
    const hostname = parseHostname(c.req.valid('param').hostname, 'hostname');
    const { profile: id, sitePort } = c.req.valid('query');
    const profile = Object.hasOwn(settings.profiles, id) ? settings.profiles[id] : undefined;
    if (profile === undefined)
      throw new Problem('profile-unknown', `no connection profile ${quoted(id)}`, { field: 'profile' });
    const publicKeys = await publicKeysFor(partner, hostname, services);
    const script = serverSetupScript(accountFor({ hostname, sitePort }, profile, publicKeys, settings));
    return c.json({ hostname, profile: id, script }, 200);
  });
}

/** The newest, and where the server lets us in with another one, that one too: whoever sets it up again must not shut us out. */
async function publicKeysFor(partner: string, hostname: string, services: ApiServices): Promise<readonly string[]> {
  const { settings, inventory } = services;
  const { keys } = await findSshKeys(partner, services);
  const first = settings.publicKeys?.[partner] ?? [];
  const newest = keys.at(-1);
  if (newest === undefined) return first;
  const server = (await inventory.find(serverKey(partner, hostname)))?.value;
  if (server === undefined) return [newest.publicKey];
  const inUse = serverNodes(server).flatMap((node) => {
    const keyId = sshKeyIdOf(server, node);
    return keyId === undefined ? first : keys.filter((key) => key.keyId === keyId).map(({ publicKey }) => publicKey);
  });
  return [...new Set([...inUse, newest.publicKey])];
}
