// Whether a POST is what RFC 8555, section 6 asks for: a flattened JWS by a known key, for this URL, with a nonce unspent.

import { flattenedVerify, importJWK, type JWK } from 'jose';
import { keyFault, publicJwk, publicKeyFromJwk, thumbprintOf } from './acceptable-keys.ts';
import type { CaNonces } from './ca-nonces.ts';
import type { AccountRecord } from './ca-records.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';

/** What Let's Encrypt verifies. RFC 8555, 6.2: no "none", no MAC. */
const ALGORITHMS = ['RS256', 'ES256', 'ES384'];

const BASE64URL = /^[A-Za-z0-9_-]*$/;

export interface JwsRules {
  /** The URL the request was sent to, as the directory spells it. */
  readonly url: string;
  /** Whether the operation is signed by a new key (`jwk`) or by an account (`kid`). */
  readonly signer: 'jwk' | 'kid';
  readonly nonces: CaNonces;
  /** The account whose URL that is, if there is one. */
  findAccount(accountUrl: string): AccountRecord | undefined;
}

export interface SignedRequest {
  readonly jwk: JWK;
  readonly thumbprint: string;
  /** Undefined where the signer is a key that need not have an account. */
  readonly account: AccountRecord | undefined;
  /** As text: empty for POST-as-GET. */
  readonly payload: string;
}

/**
 * Checks in this order: form, algorithm, key, signature, URL, nonce. The nonce is spent only by who could sign, and
 * before anything else is done. Refuses with the types of RFC 8555, section 6.7.
 */
export async function verifyJws(
  contentType: string | undefined,
  body: string,
  rules: JwsRules,
): Promise<SignedRequest> {
  if (contentType !== 'application/jose+json') {
    throw new CaRefusal(
      'malformed',
      `content type must be application/jose+json, not ${quoted(contentType ?? 'absent')}`,
      {
        status: 415,
      },
    );
  }
  const jws = readJws(body);
  const header = readHeader(jws.protected);
  checkAlgorithm(header.alg);
  const signer = await signerOf(header, rules);
  const payload = await payloadOf(jws, signer.jwk, header.alg);
  if (header.url !== rules.url) {
    throw new CaRefusal(
      'unauthorized',
      `JWS is for the URL ${quoted(header.url ?? 'absent')}, not for ${quoted(rules.url)}`,
    );
  }
  spendNonce(header.nonce, rules.nonces);
  if (signer.account !== undefined && signer.account.status !== 'valid') {
    throw new CaRefusal('unauthorized', `account is ${signer.account.status}`);
  }
  return { ...signer, payload };
}

interface FlattenedJws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

function readJws(body: string): FlattenedJws {
  const jws = parseObject(body, 'body');
  for (const name of ['header', 'signatures']) {
    if (Object.hasOwn(jws, name)) throw new CaRefusal('malformed', `JWS must not have "${name}"`);
  }
  const part = (name: keyof FlattenedJws): string => {
    const value = jws[name];
    if (typeof value === 'string' && BASE64URL.test(value)) return value;
    throw new CaRefusal('malformed', `JWS must have "${name}" as base64url without padding`);
  };
  return { protected: part('protected'), payload: part('payload'), signature: part('signature') };
}

interface JwsHeader {
  readonly alg?: unknown;
  readonly nonce?: unknown;
  readonly url?: unknown;
  readonly kid?: unknown;
  readonly jwk?: unknown;
}

function readHeader(encoded: string): JwsHeader {
  const header = parseObject(Buffer.from(encoded, 'base64url').toString('utf8'), 'protected header');
  for (const name of ['crit', 'b64']) {
    if (Object.hasOwn(header, name)) throw new CaRefusal('malformed', `protected header must not have "${name}"`);
  }
  if ((header.jwk === undefined) === (header.kid === undefined)) {
    throw new CaRefusal('malformed', 'protected header must have either "jwk" or "kid"');
  }
  return header;
}

function checkAlgorithm(alg: unknown): asserts alg is string {
  if (typeof alg === 'string' && ALGORITHMS.includes(alg)) return;
  const detail = `algorithm ${quoted(alg ?? 'absent')} is not one of ${ALGORITHMS.join(', ')}`;
  throw new CaRefusal('badSignatureAlgorithm', detail, { algorithms: ALGORITHMS });
}

type Signer = Omit<SignedRequest, 'payload'>;

async function signerOf({ jwk, kid }: JwsHeader, { signer, findAccount }: JwsRules): Promise<Signer> {
  if (signer === 'jwk') return signerByKey(jwk);
  if (kid === undefined) throw new CaRefusal('malformed', 'this operation is signed by an account: "kid", not "jwk"');
  if (typeof kid !== 'string') throw new CaRefusal('malformed', '"kid" must be the URL of an account');
  const account = findAccount(kid);
  if (account === undefined) throw new CaRefusal('accountDoesNotExist', `no account ${quoted(kid)}`);
  return { jwk: account.jwk, thumbprint: account.thumbprint, account };
}

async function signerByKey(jwk: unknown): Promise<Signer> {
  if (jwk === undefined) throw new CaRefusal('malformed', 'this operation is signed by a new key: "jwk", not "kid"');
  if (typeof jwk !== 'object' || jwk === null) throw new CaRefusal('malformed', '"jwk" must be a JSON object');
  if (['d', 'k', 'p', 'q'].some((name) => Object.hasOwn(jwk, name))) {
    throw new CaRefusal('malformed', '"jwk" holds a secret; take the key as lost and make another');
  }
  const key = publicKeyFromJwk(jwk);
  if (key === undefined) throw new CaRefusal('badPublicKey', '"jwk" is no public key we can read');
  const fault = keyFault(key);
  if (fault !== undefined) throw new CaRefusal('badPublicKey', fault);
  return { jwk: publicJwk(key), thumbprint: await thumbprintOf(key), account: undefined };
}

async function payloadOf(jws: FlattenedJws, jwk: JWK, alg: string): Promise<string> {
  try {
    const key = await importJWK(jwk, alg);
    const { payload } = await flattenedVerify(jws, key, { algorithms: ALGORITHMS });
    return new TextDecoder('utf8', { fatal: true }).decode(payload);
  } catch {
    throw new CaRefusal('malformed', 'JWS does not verify with its key and algorithm');
  }
}

function spendNonce(nonce: unknown, nonces: CaNonces): void {
  if (nonce === undefined) throw new CaRefusal('badNonce', 'JWS has no nonce');
  if (typeof nonce !== 'string' || !BASE64URL.test(nonce)) throw new CaRefusal('malformed', 'nonce must be base64url');
  if (!nonces.spend(nonce)) throw new CaRefusal('badNonce', 'nonce is unknown or was used before');
}

/** A JSON object or a `malformed` refusal that says which part of the request was none. */
export function parseObject(text: string, what: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text, what);
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
