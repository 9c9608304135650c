// Who calls: a signed token that carries its partner and what it may do.

import { jwtVerify, SignJWT } from 'jose';
import { Problem } from '../domain/problem.ts';

export const SCOPES = [
  'orders:read',
  'orders:write',
  'appointments:write',
  'webhook:write',
  'servers:admin',
  'service:admin',
] as const;
export type Scope = (typeof SCOPES)[number];

export interface Caller {
  /** 1 to 40 of a-z, 0-9 and inner hyphens; part of every key. */
  readonly partner: string;
  readonly scopes: readonly string[];
}

/** Turns the `Authorization` header into a caller, or fails with `unauthorized`. On AWS the gateway's authorizer has checked the token already. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller>;

const AUDIENCE = 'ucx-certs';
const PARTNER = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** `key`: 32 random bytes. HS256 only; a token without an end is refused. */
export function authenticateWith(key: Uint8Array, now: () => Date): Authenticate {
  return async (authorization) => {
    const token = /^Bearer +([A-Za-z0-9._-]{1,4096})$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new Problem('unauthorized', 'give the token as "Authorization: Bearer …"');
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        audience: AUDIENCE,
        requiredClaims: ['exp', 'partner', 'scope'],
        currentDate: now(),
      });
      return readClaims(payload);
    } catch (cause) {
      throw new Problem('unauthorized', 'the token is not valid, or no longer', { cause });
    }
  };
}

/** Signs a token; `lifetimeSeconds` from `now`. */
export function signToken(caller: Caller, key: Uint8Array, now: Date, lifetimeSeconds: number): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ partner: caller.partner, scope: caller.scopes.join(' ') })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key);
}

function readClaims(payload: Readonly<Record<string, unknown>>): Caller {
  const { partner, scope } = payload;
  if (typeof partner !== 'string' || !PARTNER.test(partner) || typeof scope !== 'string') {
    throw new Problem('unauthorized', 'the token lacks partner or scope');
  }
  return { partner, scopes: scope.split(' ') };
}
