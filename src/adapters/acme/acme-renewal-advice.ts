// Renewal advice read from the authorities of our settings (RFC 9773): unsigned, and never from a cache.

import { z } from 'zod';
import { Problem } from '../../domain/problem.ts';
import type { RenewalAdvice, RenewalInfo } from '../../ports/renewal-advice.ts';
import { tryJson } from './acme-answers.ts';
import { AcmeEndpoints, type AcmeEndpointsOptions } from './acme-endpoints.ts';
import { ariCertIdOf } from './ari-cert-id.ts';

/** RFC 9773, 4.3.2: less or more than these is taken for these. */
const MIN_RETRY_AFTER_MS = 60_000;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** RFC 9773, 4.3.3: what to do where the authority does not say. */
const DEFAULT_RETRY_AFTER_MS = 6 * 3_600_000;

const MAX_URL = 2048;

/** RFC 3339, with the zone it must have. */
const moment = z
  .string()
  .max(64)
  .regex(/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/)
  .transform((text) => new Date(text))
  .refine((at) => !Number.isNaN(at.getTime()), { error: 'is no moment' });

const renewalInfo = z.object({
  suggestedWindow: z
    .object({ start: moment, end: moment })
    // RFC 9773, 4.2: a window that does not end after it starts is as good as no answer.
    .refine(({ start, end }) => start < end, { error: 'ends before it starts' }),
  explanationUrl: z.unknown().optional(),
});

export class AcmeRenewalAdvice implements RenewalAdvice {
  readonly #endpoints: AcmeEndpoints;

  constructor(options: AcmeEndpointsOptions) {
    this.#endpoints = new AcmeEndpoints(options);
  }

  async find(authorityId: string, chainPem: string): Promise<RenewalInfo | undefined> {
    const endpoint = this.#endpoints.get(authorityId);
    const ariCertId = ariCertIdOf(chainPem);
    const deadline = endpoint.deadline();
    const { renewalInfo: base } = await endpoint.directory(deadline);
    if (!base) return undefined;
    const url = `${base.replace(/\/$/, '')}/${ariCertId}`;
    const { body, retryAfterMs = DEFAULT_RETRY_AFTER_MS } = await refusedForTheLeaf(
      endpoint.get('read renewal information', url, deadline),
    );
    const read = renewalInfo.safeParse(tryJson(body));
    if (!read.success) {
      const field = ['renewalInfo', ...(read.error.issues[0]?.path ?? []).map(String)].join('.');
      throw new Problem('ca-answer-malformed', endpoint.at(`${field}: not a window that is one`), { field });
    }
    return {
      ariCertId,
      suggestedWindow: read.data.suggestedWindow,
      explanationUrl: pageFor(read.data.explanationUrl),
      retryAfterMs: Math.min(Math.max(retryAfterMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS),
    };
  }
}

/** Nobody has signed the question: whatever is refused, it is the leaf and no account. */
async function refusedForTheLeaf<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof Problem) || error.name !== 'ca-account-refused') throw error;
    throw new Problem('ca-refused', error.message, { cause: error });
  }
}

/** A page for people to read, wherever it is, as a URL writes it: no blanks, no controls, no password. Anything else is left out. */
function pageFor(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_URL || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '';
  return plain ? url.href : undefined;
}
