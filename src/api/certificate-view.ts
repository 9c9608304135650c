// What callers see of a certificate in service and of its renewal.

import { z } from '@hono/zod-openapi';
import { type Certificate, renewalOf } from '../domain/certificate.ts';

const moment = z.string().openapi({ format: 'date-time' });

export const certificateView = z
  .object({
    orderId: z.string(),
    authority: z.string(),
    fingerprint: z.string(),
    notBefore: moment,
    notAfter: moment,
    revokedAt: moment.optional(),
    renewal: z.object({
      rule: z
        .enum(['ari', 'lifetime', 'emergency', 'revoked'])
        .openapi({ description: 'which rule says when it is due' }),
      dueAt: moment,
      suggestedWindow: z.object({ start: moment, end: moment }).optional(),
      explanationUrl: z.string().optional(),
      askAgainAt: moment.openapi({ description: 'when the authority is asked for advice again' }),
      orderId: z.string().optional().openapi({ description: 'the order at work on it, or the last one that was' }),
      failures: z.int().openapi({ description: 'renewals in a row that ended without being served' }),
      lastFailure: z.object({ orderId: z.string(), at: moment, code: z.string(), message: z.string() }).optional(),
      nextAttemptAt: moment.optional(),
      problem: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  })
  .openapi('Certificate');

export function viewCertificate(certificate: Certificate, now: Date): z.infer<typeof certificateView> {
  const { orderId, authority, fingerprint, notBefore, notAfter, advice, renewalOrderId, lastFailure } = certificate;
  const { revokedAt } = certificate;
  const { rule, dueAt } = renewalOf(certificate, now);
  const { askAgainAt, failures, nextAttemptAt, problem } = certificate;
  return {
    ...{ orderId, authority, fingerprint, notBefore, notAfter, revokedAt },
    renewal: {
      ...{ rule, dueAt: dueAt.toISOString(), askAgainAt, failures, lastFailure, nextAttemptAt, problem },
      orderId: renewalOrderId,
      explanationUrl: advice?.explanationUrl,
      suggestedWindow: advice && { start: advice.start, end: advice.end },
    },
  };
}
