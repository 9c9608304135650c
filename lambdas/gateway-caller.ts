// Who calls, from the claims of a token whose signature API Gateway has checked: what they say is judged here all the same.

import type { Caller } from '../src/api/bearer-token.ts';
import { Problem } from '../src/domain/problem.ts';
import { SCOPE_PREFIX } from './settings.ts';

const PARTNER = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * API Gateway takes the sign-in token (ID token) of a client for an access token, since its audience is right; only the latter says what its
 * bearer may do. Scopes that are not the API's (`openid`, `partner/…`) are left out. `unauthorized` for anything else.
 */
export function callerOf(claims: unknown, now: Date): Caller {
  const { token_use: use, partner, scope, exp } = Object(claims) as Readonly<Record<string, unknown>>;
  if (use !== 'access') throw new Problem('unauthorized', 'give an access token as "Authorization: Bearer …"');
  if (typeof partner !== 'string' || !PARTNER.test(partner) || typeof scope !== 'string')
    throw new Problem('unauthorized', 'the token lacks partner or scope');
  // Claims arrive as text.
  if (!(Number(exp) * 1_000 > now.getTime())) throw new Problem('unauthorized', 'the token is not valid any more');
  const scopes = scope.split(' ').filter((one) => one.startsWith(SCOPE_PREFIX));
  return { partner, scopes: scopes.map((one) => one.slice(SCOPE_PREFIX.length)) };
}
