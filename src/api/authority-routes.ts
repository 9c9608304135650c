// Authorities we order from, the account we have at each, and a new key for it: the service's own, not any partner's.

import { createRoute, z } from '@hono/zod-openapi';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { keyChangeRun } from '../steps/change-account-key.ts';
import { accountKey, timelineKey } from '../steps/records.ts';
import { acceptKeyChange, generationOf } from '../workflows/roll-key.ts';
import { type Api, type ApiOptions, requireScope } from './app.ts';
import { timelineView } from './order-views.ts';
import { problemResponses } from './problem-responses.ts';

const authorityView = z
  .object({
    id: z.string(),
    accountUrl: z.string().optional().openapi({ description: 'absent until the first order made the account' }),
    keyGeneration: z.int().optional().openapi({ description: '1 is the key the account was made with' }),
    keyChange: timelineView.optional().openapi({ description: 'the change to the next key, once it was asked for' }),
  })
  .openapi('Authority');

type AuthorityView = z.infer<typeof authorityView>;

const listAuthorities = createRoute({
  method: 'get',
  path: '/v1/authorities',
  summary: 'Authorities, and our account at each',
  responses: {
    200: {
      description: 'All of them',
      content: { 'application/json': { schema: z.object({ authorities: z.array(authorityView) }) } },
    },
    ...problemResponses(401, 403),
  },
});

const rollKey = createRoute({
  method: 'post',
  path: '/v1/authorities/{id}/roll-key',
  summary: 'Give our account another key',
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: {
    202: { description: 'Asked for', content: { 'application/json': { schema: authorityView } } },
    ...problemResponses(401, 403, 404),
  },
});

export function addAuthorityRoutes(api: Api, { services, authorities }: ApiOptions): void {
  const show = async (id: string): Promise<AuthorityView> => {
    const account = (await services.inventory.find(accountKey(id)))?.value;
    if (account === undefined) return { id };
    const keyGeneration = generationOf(account);
    const { partner, orderId, visit } = keyChangeRun(id, keyGeneration + 1);
    const change = await services.inventory.find(timelineKey(partner, orderId, 'change-account-key', visit));
    return { id, accountUrl: account.accountUrl, keyGeneration, keyChange: change?.value };
  };

  api.openapi(listAuthorities, async (c) => {
    requireScope(c.var.caller, 'service:admin');
    return c.json({ authorities: await Promise.all(authorities.map(show)) }, 200);
  });

  api.openapi(rollKey, async (c) => {
    requireScope(c.var.caller, 'service:admin');
    const { id } = c.req.valid('param');
    if (!authorities.includes(id))
      throw new Problem('not-found', `no authority ${quoted(id)}; known: ${authorities.join(', ')}`);
    await acceptKeyChange(id, services);
    return c.json(await show(id), 202);
  });
}
