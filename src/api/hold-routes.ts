// Holds: stopping activations of a partner, of a connection profile, or all, and letting them go on.

import { createRoute, z } from '@hono/zod-openapi';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { type HoldScope, holdKeyOf } from '../steps/holds.ts';
import { changeItem } from '../steps/records.ts';
import { type Api, type ApiServices, requireScope } from './app.ts';
import type { Caller } from './bearer-token.ts';
import { line } from './one-line.ts';
import { problemResponses } from './problem-responses.ts';

const scopeFields = {
  scope: z
    .enum(['partner', 'profile', 'all'])
    .default('partner')
    .openapi({ description: 'what is held: your restarts, those of a connection profile, or all' }),
  profile: line(64).optional().openapi({ description: 'the connection profile; with `scope` "profile" only' }),
};
const query = z.strictObject(scopeFields);

const holdBody = z.strictObject({ reason: line(200), ...scopeFields }).openapi('Hold');
const hold = createRoute({
  method: 'put',
  path: '/v1/hold',
  summary: 'Stop activations: of this partner, of a connection profile, or all',
  request: { body: { required: true, content: { 'application/json': { schema: holdBody } } } },
  responses: { 204: { description: 'On hold' }, ...problemResponses(400, 401, 403, 413, 415, 422) },
});
const holdView = z
  .object({ held: z.boolean(), reason: z.string().optional(), since: z.string().optional() })
  .openapi('HoldState');
const getHold = createRoute({
  method: 'get',
  path: '/v1/hold',
  summary: 'Whether activations are on hold, and why',
  request: { query },
  responses: {
    200: { description: 'As it is now', content: { 'application/json': { schema: holdView } } },
    ...problemResponses(400, 401, 403),
  },
});
const resume = createRoute({
  method: 'delete',
  path: '/v1/hold',
  summary: 'Allow activations again',
  request: { query },
  responses: { 204: { description: 'Not on hold' }, ...problemResponses(400, 401, 403) },
});

/** A hold of one's own is a server administrator's; one that reaches other partners, the service's. */
export function addHoldRoutes(api: Api, { inventory, clock, settings }: ApiServices): void {
  api.openapi(getHold, async (c) => {
    const { partner } = requireScope(c.var.caller, 'orders:read');
    const item = await inventory.find(holdKeyOf(scopeOf(c.req.valid('query'), partner)));
    return c.json(item === undefined ? { held: false } : { held: true, ...item.value }, 200);
  });

  api.openapi(hold, async (c) => {
    const { reason, ...asked } = c.req.valid('json');
    const held = mayHold(asked, c.var.caller);
    if (held.scope === 'profile' && !Object.hasOwn(settings.profiles, held.profile))
      throw new Problem('profile-unknown', `no connection profile ${quoted(held.profile)}`, { field: 'profile' });
    const value = { reason, since: clock.now().toISOString() };
    if ((await inventory.add(holdKeyOf(held), value)) === undefined)
      await changeItem(inventory, holdKeyOf(held), () => value);
    return c.body(null, 204);
  });

  api.openapi(resume, async (c) => {
    await inventory.remove(holdKeyOf(mayHold(c.req.valid('query'), c.var.caller)));
    return c.body(null, 204);
  });
}

type Asked = z.infer<typeof query>;

function mayHold(asked: Asked, caller: Caller): HoldScope {
  const { partner } = requireScope(caller, asked.scope === 'partner' ? 'servers:admin' : 'service:admin');
  return scopeOf(asked, partner);
}

function scopeOf({ scope, profile }: Asked, partner: string): HoldScope {
  if (scope === 'profile') {
    if (profile !== undefined) return { scope, profile };
    throw new Problem('bad-request', 'profile is missing; name the connection profile to hold', { field: 'profile' });
  }
  if (profile === undefined) return scope === 'all' ? { scope } : { scope, partner };
  throw new Problem('bad-request', `profile does not go with scope "${scope}"; leave it out`, { field: 'profile' });
}
