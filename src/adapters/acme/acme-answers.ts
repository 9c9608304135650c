// What an authority sends, turned into types or refused: bounded, https, and nowhere but where the directory is.

import { z } from 'zod';
import { Problem } from '../../domain/problem.ts';
import { cleanText } from './acme-problems.ts';

/** Let's Encrypt's `classic` allows 100 names; nobody allows more. */
export const MAX_NAMES = 100;

const MAX_URL = 2048;

const MAX_CAA_IDENTITIES = 20;

const MAX_PROFILES = 50;

const PROFILE = /^[\w.:-]{1,64}$/;

/** RFC 8659, 4.2: labels of letters, digits and hyphens. */
const ISSUER_DOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

const orderStatus = z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']);
const authorizationStatus = z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']);
const challengeStatus = z.enum(['pending', 'processing', 'valid', 'invalid']);

/** RFC 8555, 8.1: base64url, at least 128 bits. */
const token = z.string().regex(/^[A-Za-z0-9_-]{22,256}$/);

const identifier = z.object({
  type: z.literal('dns'),
  value: z
    .string()
    .max(255)
    .transform((value) => value.toLowerCase()),
});

/** What is no domain name is left out: it could match no CAA record, and no order should stop for it. */
const caaIdentities = z
  .array(z.unknown())
  .catch([])
  .transform((values) => values.flatMap(issuerDomain).slice(0, MAX_CAA_IDENTITIES));

/** Names of the profiles; what they say of themselves (draft-ietf-acme-profiles, 3) is for people who read the authority's pages. */
const profiles = z
  .record(z.string(), z.unknown())
  .catch({})
  .transform((offered) =>
    Object.keys(offered)
      .filter((name) => PROFILE.test(name))
      .slice(0, MAX_PROFILES),
  );

const externalAccountRequired = z.boolean().catch(false);

/** Nothing of it is needed to order: an authority without it, or with something else in its place, has said nothing. */
const directoryMeta = z
  .object({ caaIdentities, profiles, externalAccountRequired })
  .catch({ caaIdentities: [], profiles: [], externalAccountRequired: false });

export type AcmeDirectory = z.infer<ReturnType<typeof schemasFor>['directory']>;
export type AcmeOrderDocument = z.infer<ReturnType<typeof schemasFor>['order']>;
export type AcmeAuthorizationDocument = z.infer<ReturnType<typeof schemasFor>['authorization']>;
export type AcmeAnswers = ReturnType<typeof answersOf>;

/** Readers for the answers of the authority whose directory is at `directoryUrl`; each throws `ca-answer-malformed`. */
export function answersOf(directoryUrl: URL, authorityId: string) {
  const schemas = schemasFor(directoryUrl.origin);
  const read = <Schema extends z.ZodType>(schema: Schema, what: string, value: unknown) =>
    parse(schema, value, what, authorityId);
  return {
    directory: (body: string) => read(schemas.directory, 'directory', tryJson(body)),
    order: (body: string) => read(schemas.order, 'order', tryJson(body)),
    authorization: (body: string) => read(schemas.authorization, 'authorization', tryJson(body)),
    challenge: (body: string) => read(schemas.challenge, 'challenge', tryJson(body)),
    /** Every URL we are about to ask, also those we were given back by our own records. */
    url: (value: unknown, what: string) => read(schemas.url, what, value),
  };
}

/** Undefined for what is not JSON; no schema takes that, and a refusal need not carry a readable body. */
export function tryJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function schemasFor(origin: string) {
  const url = z
    .string()
    .max(MAX_URL)
    .refine((text) => isAt(origin, text), { error: `is not a URL at ${origin}` });
  return {
    url,
    directory: z.object({
      newNonce: url,
      newAccount: url,
      newOrder: url,
      keyChange: url.nullish(),
      revokeCert: url.nullish(),
      renewalInfo: url.nullish(),
      meta: directoryMeta,
    }),
    order: z.object({
      status: orderStatus,
      identifiers: z.array(identifier).min(1).max(MAX_NAMES),
      authorizations: z.array(url).min(1).max(MAX_NAMES),
      finalize: url,
      certificate: url.nullish(),
      error: z.unknown().optional(),
    }),
    authorization: z.object({
      status: authorizationStatus,
      identifier,
      wildcard: z.boolean().nullish(),
      challenges: z
        .array(
          z.object({
            type: z.string().max(64),
            url,
            status: challengeStatus,
            token: token.optional().catch(undefined),
            error: z.unknown().optional(),
          }),
        )
        .max(20),
    }),
    challenge: z.object({ status: challengeStatus }),
  };
}

function issuerDomain(value: unknown): readonly string[] {
  const domain = typeof value === 'string' ? value.toLowerCase().replace(/\.$/, '') : '';
  return ISSUER_DOMAIN.test(domain) ? [domain] : [];
}

function isAt(origin: string, text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' && url.origin === origin && url.username === '' && url.password === '';
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
  authorityId: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = [what, ...(issue?.path ?? []).map(String)].join('.');
  throw new Problem(
    'ca-answer-malformed',
    `authority "${authorityId}", ${field}: ${cleanText(issue?.message ?? 'not understood')}`,
    {
      field,
    },
  );
}
