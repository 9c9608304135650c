// Servers: what is known of one, and the switches only a person may turn.

import { createRoute, z } from '@hono/zod-openapi';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { bypassKey } from '../steps/bypass-records.ts';
import { certificateKey, changeItem, guardKey, serverKey } from '../steps/records.ts';
import { switchBypassOff } from '../workflows/watch-bypasses.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { serverView, viewServer } from './order-views.ts';
import { problemResponses } from './problem-responses.ts';
import { serverParams } from './server-params.ts';

const answers = {
  200: { description: 'As it is now', content: { 'application/json': { schema: serverView } } },
  ...problemResponses(400, 401, 403, 404, 409, 413, 415),
};

const getServer = createRoute({
  method: 'get',
  path: '/v1/servers/{hostname}',
  summary: 'One server',
  request: { params: serverParams },
  responses: answers,
});

const hostKeyBody = z
  .strictObject({
    hostKey: z
      .string()
      .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'is no fingerprint; write it as ssh-keygen -lf prints it, SHA256:…'),
  })
  .openapi('HostKey');

const acceptHostKey = createRoute({
  method: 'post',
  path: '/v1/servers/{hostname}/host-key',
  summary: 'Accept another SSH host key, after comparing it with the server’s own',
  request: { params: serverParams, body: { required: true, content: { 'application/json': { schema: hostKeyBody } } } },
  responses: answers,
});

const clearSshStop = createRoute({
  method: 'post',
  path: '/v1/servers/{hostname}/clear-ssh-stop',
  summary: 'Allow SSH again after refused authentications',
  request: { params: serverParams },
  responses: answers,
});

const bypassOff = createRoute({
  method: 'post',
  path: '/v1/servers/{hostname}/bypass-off',
  summary: 'Say that "Allow Invalid Self-Signed Certificates" is off',
  request: { params: serverParams },
  responses: answers,
});

export function addServerRoutes(api: Api, services: ApiServices): void {
  const { inventory } = services;

  api.openapi(getServer, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    return c.json(await show(partner, c.req.valid('param').hostname, services), 200);
  });

  api.openapi(acceptHostKey, async (c) => {
    const { partner } = requireScope(c.var.caller, 'servers:admin');
    const { hostname } = c.req.valid('param');
    await show(partner, hostname, services);
    const { hostKey } = c.req.valid('json');
    await changeItem(inventory, serverKey(partner, hostname), (server) => ({
      ...server,
      hostKey,
    }));
    return c.json(await show(partner, hostname, services), 200);
  });

  api.openapi(bypassOff, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:write');
    const { hostname } = c.req.valid('param');
    await switchBypassOff(partner, hostname, services);
    return c.json(await show(partner, hostname, services), 200);
  });

  api.openapi(clearSshStop, async (c) => {
    const { partner } = requireScope(c.var.caller, 'servers:admin');
    const { hostname } = c.req.valid('param');
    await show(partner, hostname, services);
    await inventory.remove(guardKey(partner, hostname));
    return c.json(await show(partner, hostname, services), 200);
  });
}

async function show(
  partner: string,
  hostname: string,
  { inventory, clock }: ApiServices,
): Promise<z.infer<typeof serverView>> {
  const server = await inventory.find(serverKey(partner, hostname));
  if (server === undefined) throw new Problem('not-found', `no server ${quoted(hostname)}`);
  const guard = await inventory.find(guardKey(partner, hostname));
  const certificate = await inventory.find(certificateKey(partner, hostname));
  const bypass = await inventory.find(bypassKey(partner, hostname));
  const records = { guard: guard?.value, certificate: certificate?.value, bypass: bypass?.value };
  return viewServer({ server: server.value, ...records }, clock.now());
}
