// The parts of a flattened JWS (RFC 7515, section 7.2.2) as ACME allows them, for a request and for what is signed inside one.

import { CaRefusal, quoted } from './ca-refusal.ts';

export const BASE64URL = /^[A-Za-z0-9_-]*$/;

export interface FlattenedJws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

export interface JwsHeader {
  readonly alg?: unknown;
  readonly nonce?: unknown;
  readonly url?: unknown;
  readonly kid?: unknown;
  readonly jwk?: unknown;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** `what` names it in a refusal: `JWS`, `externalAccountBinding`. Refuses with `malformed`. */
export function jwsOf(jws: JsonObject, what: string): FlattenedJws {
  for (const name of ['header', 'signatures']) {
    if (Object.hasOwn(jws, name)) throw new CaRefusal('malformed', `${what} must not have "${name}"`);
  }
  const part = (name: keyof FlattenedJws): string => {
    const value = jws[name];
    if (typeof value === 'string' && BASE64URL.test(value)) return value;
    throw new CaRefusal('malformed', `${what} must have "${name}" as base64url without padding`);
  };
  return { protected: part('protected'), payload: part('payload'), signature: part('signature') };
}

/** The protected header. RFC 8555, 6.2: exactly one of `jwk` and `kid`; we understand no critical extensions. */
export function headerOf(jws: FlattenedJws): JwsHeader {
  const header = parseObject(textOf(jws.protected), 'protected header');
  for (const name of ['crit', 'b64']) {
    if (Object.hasOwn(header, name)) throw new CaRefusal('malformed', `protected header must not have "${name}"`);
  }
  if ((header.jwk === undefined) === (header.kid === undefined)) {
    throw new CaRefusal('malformed', 'protected header must have either "jwk" or "kid"');
  }
  return header;
}

/** Refuses with `badSignatureAlgorithm`, which tells what would be right (RFC 8555, 6.2). */
export function checkAlgorithm(alg: unknown, algorithms: readonly string[]): asserts alg is string {
  if (typeof alg === 'string' && algorithms.includes(alg)) return;
  const detail = `algorithm ${quoted(alg ?? 'absent')} is not one of ${algorithms.join(', ')}`;
  throw new CaRefusal('badSignatureAlgorithm', detail, { algorithms });
}

/** A JWS inside a request has the request's URL and no nonce of its own (RFC 8555, 7.3.4 and 7.3.5). */
export function checkInner({ url, nonce }: JwsHeader, outerUrl: string): void {
  if (url !== outerUrl) throw new CaRefusal('malformed', `inner JWS is for the URL ${quoted(url ?? 'absent')}`);
  if (nonce !== undefined) throw new CaRefusal('malformed', 'inner JWS must not have a nonce');
}

export function textOf(encoded: string): string {
  return Buffer.from(encoded, 'base64url').toString('utf8');
}

/** A JSON object or a `malformed` refusal that says which part of the request was none. */
export function parseObject(text: string, what: string): JsonObject {
  return asObject(parseJson(text, what), what);
}

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new CaRefusal('malformed', `${what} must be a JSON object`);
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CaRefusal('malformed', `${what} is not JSON`);
  }
}
