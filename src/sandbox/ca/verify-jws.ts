// Whether a POST is what RFC 8555, section 6 asks for: a flattened JWS by a known key, for this URL, with a nonce unspent.

import { flattenedVerify, importJWK, type JWK } from 'jose';
import { keyFault, publicJwk, publicKeyFromJwk, thumbprintOf } from './acceptable-keys.ts';
import type { CaNonces } from './ca-nonces.ts';
import type { AccountRecord } from './ca-records.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import {
  BASE64URL,
  checkAlgorithm,
  checkInner,
  type FlattenedJws,
  headerOf,
  type JwsHeader,
  jwsOf,
  parseObject,
} from './jws-parts.ts';

/** What Let's Encrypt verifies. RFC 8555, 6.2: no "none", no MAC. */
const ALGORITHMS = ['RS256', 'ES256', 'ES384'];

export interface JwsRules {
  /** The URL the request was sent to, as the directory spells it. */
  readonly url: string;
  /** Whether the operation is signed by a key that need not have an account (`jwk`), by an account (`kid`), or by either. */
  readonly signer: 'jwk' | 'kid' | 'either';
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
  const jws = jwsOf(parseObject(body, 'body'), 'JWS');
  const header = headerOf(jws);
  checkAlgorithm(header.alg, ALGORITHMS);
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

/** A JWS inside a request, by a new key that is in its header; `outerUrl` is the URL of the request. */
export async function verifyInnerJws(
  jws: FlattenedJws,
  outerUrl: string,
): Promise<Pick<SignedRequest, 'jwk' | 'thumbprint' | 'payload'>> {
  const header = headerOf(jws);
  checkAlgorithm(header.alg, ALGORITHMS);
  const { jwk, thumbprint } = await signerByKey(header.jwk);
  const payload = await payloadOf(jws, jwk, header.alg);
  checkInner(header, outerUrl);
  return { jwk, thumbprint, payload };
}

type Signer = Omit<SignedRequest, 'payload'>;

async function signerOf({ jwk, kid }: JwsHeader, { signer, findAccount }: JwsRules): Promise<Signer> {
  if (signer === 'jwk' || (signer === 'either' && jwk !== undefined)) return signerByKey(jwk);
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
