// The SSH key our account is let in with on a partner's servers: which one each has, and another one for all of them.

import { createRoute, z } from '@hono/zod-openapi';
import { serversPartition } from '../domain/inventory-key.ts';
import { nodesToMove, type Server, type ServerNode, serverNodes, sshKeyIdOf } from '../domain/server.ts';
import { sshKeyId } from '../domain/ssh-public-key.ts';
import { findSshKeys, type SshKeys } from '../steps/ssh-key-records.ts';
import { stuckAt } from '../steps/ssh-moves.ts';
import { acceptRotation, executionOf } from '../workflows/rotate-ssh-key.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import { pageQuery } from './order-routes.ts';
import { problemResponses } from './problem-responses.ts';

const moment = z.string().openapi({ format: 'date-time' });
const fingerprint = z.string().openapi({ description: 'as `ssh-keygen -lf` prints it' });

const keyView = z
  .object({
    keyId: fingerprint.optional().openapi({ description: 'absent where no key is set for the partner' }),
    publicKey: z.string().optional(),
    generation: z.int().openapi({ description: '1 is the key the partner began with' }),
    drawnAt: moment.optional(),
    rotation: z
      .object({
        generation: z.int().openapi({ description: 'of the key that servers move to' }),
        state: z.enum(['under-way', 'done', 'left-behind', 'broken-off']).openapi({
          description: '`left-behind`: over, and some servers have not moved; `broken-off`: ask for it again',
        }),
        askedAt: moment,
        round: z.int().openapi({ description: 'how often the servers are gone through, this time included' }),
        endedAt: moment.optional(),
        left: z.int().optional(),
      })
      .optional(),
  })
  .openapi('SshKey');

const placeView = z
  .object({
    hostname: z.string(),
    node: z.literal('standby').optional(),
    keyId: fingerprint.optional(),
    state: z.enum(['moved', 'waiting', 'stopped']).openapi({
      description: 'lets the newest key in alone; not yet; or not yet, because of `problem`',
    }),
    problem: z.object({ code: z.string(), message: z.string() }).optional(),
    since: moment.optional(),
  })
  .openapi('SshKeyPlace');

const getKey = createRoute({
  method: 'get',
  path: '/v1/ssh-key',
  summary: 'The SSH key servers let us in with, and how its rotation stands at each, in pages',
  request: { query: pageQuery },
  responses: {
    200: {
      description: 'A page',
      content: {
        'application/json': {
          schema: keyView.extend({ servers: z.array(placeView), next: z.string().optional() }).openapi('SshKeyPage'),
        },
      },
    },
    ...problemResponses(400, 401, 403),
  },
});

const rotationBody = z
  .strictObject({
    replaces: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .openapi({ description: 'generation of the key that shall go; asked twice it is one rotation' }),
  })
  .openapi('SshKeyRotation');

const rotate = createRoute({
  method: 'post',
  path: '/v1/ssh-key/rotate',
  summary: 'Draw another SSH key and move every server to it',
  request: { body: { required: true, content: { 'application/json': { schema: rotationBody } } } },
  responses: {
    202: { description: 'Begun, or under way', content: { 'application/json': { schema: keyView } } },
    ...problemResponses(400, 401, 403, 409, 413, 415, 422),
  },
});

export function addSshKeyRoutes(api: Api, services: ApiServices): void {
  api.openapi(getKey, async (c) => {
    const { partner } = requireScope(c.var.caller, 'servers:admin');
    const { limit, from } = c.req.valid('query');
    const keys = await findSshKeys(partner, services);
    const page = await services.inventory.list<Server>(serversPartition(partner), { limit, from });
    const places = page.items.flatMap(({ value }) => serverNodes(value).map((node) => ({ server: value, node })));
    const servers = await Promise.all(places.map((place) => viewPlace(place, keys, services)));
    return c.json({ ...(await viewKey(partner, keys, services)), servers, next: page.next }, 200);
  });

  api.openapi(rotate, async (c) => {
    const { partner } = requireScope(c.var.caller, 'servers:admin');
    const { replaces } = c.req.valid('json');
    const keys = await acceptRotation(partner, { replaces }, services);
    return c.json(await viewKey(partner, keys, services), 202);
  });
}

type KeyView = z.infer<typeof keyView>;

async function viewKey(partner: string, keys: SshKeys, services: ApiServices): Promise<KeyView> {
  const rotation = await viewRotation(partner, keys, services);
  const newest = keys.keys.at(-1);
  if (newest !== undefined) {
    const { keyId, publicKey, generation, drawnAt } = newest;
    return { keyId, publicKey, generation, drawnAt, rotation };
  }
  const [publicKey] = firstKeys(partner, services);
  return { keyId: publicKey && sshKeyId(publicKey), publicKey, generation: 1, rotation };
}

async function viewRotation(
  partner: string,
  { rotation }: SshKeys,
  services: ApiServices,
): Promise<KeyView['rotation']> {
  if (rotation === undefined) return undefined;
  const { generation, askedAt, round, endedAt, left } = rotation;
  const about = { generation, askedAt, round, endedAt, left };
  if (endedAt !== undefined) return { ...about, state: left === 0 ? 'done' : 'left-behind' };
  const execution = await executionOf(partner, rotation, services);
  return { ...about, state: execution === 'running' || execution === 'absent' ? 'under-way' : 'broken-off' };
}

/** The key a partner began with has a fingerprint only where the settings name one. */
async function viewPlace(
  { server, node }: { readonly server: Server; readonly node: ServerNode },
  keys: SshKeys,
  services: ApiServices,
): Promise<z.infer<typeof placeView>> {
  const { partner, hostname } = server;
  const [first, ...more] = firstKeys(partner, services);
  const firstId = first !== undefined && more.length === 0 ? sshKeyId(first) : undefined;
  const about = {
    hostname,
    ...(node === 'standby' ? { node } : {}),
    keyId: sshKeyIdOf(server, node) ?? firstId,
  };
  const newest = keys.keys.at(-1);
  if (newest === undefined) return { ...about, state: keys.rotation === undefined ? 'moved' : 'waiting' };
  if (!nodesToMove(server, newest.keyId).includes(node)) return { ...about, state: 'moved' };
  const stuck = await stuckAt(partner, newest.generation, { hostname, node }, services);
  if (stuck === undefined) return { ...about, state: 'waiting' };
  const { code, message, since } = stuck;
  return { ...about, state: 'stopped', problem: { code, message }, since };
}

function firstKeys(partner: string, { settings }: ApiServices): readonly string[] {
  return settings.publicKeys?.[partner] ?? [];
}
