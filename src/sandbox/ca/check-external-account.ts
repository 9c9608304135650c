// Whether a new account is bound to an account that somebody has with us elsewhere (RFC 8555, section 7.3.4).

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { JWK } from 'jose';
import { publicKeyFromJwk } from './acceptable-keys.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import type { CaWorld } from './ca-world.ts';
import {
  asObject,
  checkAlgorithm,
  checkInner,
  type FlattenedJws,
  headerOf,
  jwsOf,
  parseObject,
  textOf,
} from './jws-parts.ts';

/** MACs, as the section wants, and their hashes. */
const HASHES: Readonly<Record<string, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

export interface WantedBinding {
  /** `externalAccountBinding` as it came in newAccount. */
  readonly binding: unknown;
  /** The key that signed the request. */
  readonly jwk: JWK;
}

/**
 * The key id it is bound to, or undefined while the dial `externalAccounts` asks for none. Refuses with
 * `externalAccountRequired` where there is no binding, with `unauthorized` where the key id is unknown or used up or the MAC is
 * wrong, with `badSignatureAlgorithm` and `malformed` where it is no binding at all or one of another account key.
 * Resolved in one turn, so that of two requests with the same key id one comes first.
 */
export function checkExternalAccount(world: CaWorld, { binding, jwk }: WantedBinding): string | undefined {
  const { externalAccounts } = world.dials();
  if (externalAccounts === undefined) return undefined;
  if (binding === undefined) {
    throw new CaRefusal('externalAccountRequired', 'a new account must be bound to an external account');
  }
  const jws = jwsOf(asObject(binding, 'externalAccountBinding'), 'externalAccountBinding');
  const { alg, kid, ...rest } = headerOf(jws);
  checkAlgorithm(alg, Object.keys(HASHES));
  if (typeof kid !== 'string') throw new CaRefusal('malformed', 'externalAccountBinding must have "kid" as text');
  checkInner(rest, world.urls.at('/new-account'));
  const hmacKey = Object.hasOwn(externalAccounts, kid) ? externalAccounts[kid] : undefined;
  if (hmacKey === undefined) throw new CaRefusal('unauthorized', `no external account has the key id ${quoted(kid)}`);
  checkMac(jws, HASHES[alg] ?? '', hmacKey);
  checkSameKey(jws.payload, jwk);
  checkUnused(world, kid);
  return kid;
}

function checkMac(jws: FlattenedJws, hash: string, hmacKey: string): void {
  const mac = createHmac(hash, Buffer.from(hmacKey, 'base64url')).update(`${jws.protected}.${jws.payload}`).digest();
  const signature = Buffer.from(jws.signature, 'base64url');
  if (signature.length === mac.length && timingSafeEqual(signature, mac)) return;
  throw new CaRefusal('unauthorized', 'externalAccountBinding does not verify with the MAC key of its key id');
}

/** The payload is the key of the account to be, signed for by who holds the MAC key. */
function checkSameKey(payload: string, jwk: JWK): void {
  const bound = publicKeyFromJwk(parseObject(textOf(payload), 'payload of externalAccountBinding'));
  const own = publicKeyFromJwk(jwk);
  if (bound !== undefined && own?.equals(bound)) return;
  throw new CaRefusal('malformed', 'externalAccountBinding is for another account key');
}

function checkUnused({ dials, store }: CaWorld, keyId: string): void {
  if (!dials().externalAccountsSingleUse) return;
  for (const { externalAccountKeyId } of store.accounts()) {
    if (externalAccountKeyId === keyId) throw new CaRefusal('unauthorized', `key id ${quoted(keyId)} was used before`);
  }
}
