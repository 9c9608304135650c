// What a newcomer sees of the renewal: when it will be ordered, and who said so.

import { z } from 'zod';

const serverAnswer = z.object({
  certificate: z
    .object({
      renewal: z.object({
        rule: z.string(),
        dueAt: z.string(),
        askAgainAt: z.string(),
        suggestedWindow: z.object({ start: z.string(), end: z.string() }).optional(),
      }),
    })
    .optional(),
});

export type RenewalAnswer = NonNullable<z.infer<typeof serverAnswer>['certificate']>['renewal'];

/** From `GET /v1/servers/{hostname}`: undefined until the authority has been asked once since `servedAt`. */
export function renewalIn(server: unknown, servedAt: Date): RenewalAnswer | undefined {
  const renewal = serverAnswer.parse(server).certificate?.renewal;
  return renewal !== undefined && new Date(renewal.askAgainAt) > servedAt ? renewal : undefined;
}

export function tellRenewal({ rule, dueAt, suggestedWindow }: RenewalAnswer): string {
  const said =
    suggestedWindow === undefined
      ? 'a third of the lifetime left; the CA gives no advice'
      : `drawn from the window the CA suggests, ${suggestedWindow.start} to ${suggestedWindow.end}`;
  return `Renewed by itself on ${dueAt}: ${rule === 'emergency' ? 'whatever is advised' : said}.`;
}
