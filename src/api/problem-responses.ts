// The problem answers of a route, for the OpenAPI document.

import { z } from '@hono/zod-openapi';

const problemView = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'one of the codes in docs/problems.md' }),
    detail: z.string(),
    field: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem');

const descriptions = {
  400: 'Does not fit',
  401: 'No valid token',
  403: 'The token may not do this',
  404: 'Not there',
  409: 'Something else stands in the way',
  413: 'Too large',
  415: 'Not JSON by its Content-Type',
  422: 'Understood, and not possible',
} as const;

type ProblemResponse = {
  readonly description: string;
  readonly content: { readonly 'application/problem+json': { readonly schema: typeof problemView } };
};

export function problemResponses<Status extends keyof typeof descriptions>(
  ...statuses: readonly Status[]
): Record<Status, ProblemResponse> {
  const entries = statuses.map((status) => [
    status,
    { description: descriptions[status], content: { 'application/problem+json': { schema: problemView } } },
  ]);
  return Object.fromEntries(entries) as Record<Status, ProblemResponse>;
}
