// An account's key is replaced by another (RFC 8555, section 7.3.5): asked for by the old key, agreed to by the new one.

import type { JWK } from 'jose';
import { publicKeyFromJwk } from './acceptable-keys.ts';
import { accountObject } from './acme-objects.ts';
import { CaRefusal, quoted } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { jwsOf, parseObject } from './jws-parts.ts';
import { accountIdOf } from './serve-orders.ts';
import { verifyInnerJws } from './verify-jws.ts';

/**
 * The payload is a JWS by the new key that names the account and its old key. A key that an account has already, this one or
 * another, is refused with 409 and that account's URL in `Location`; it has no error type of its own in RFC 8555.
 */
export async function serveKeyChange(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const inner = jwsOf(parseObject(request.payload, 'payload'), 'inner JWS');
  const { jwk, thumbprint, payload } = await verifyInnerJws(inner, world.urls.at('/key-change'));
  const { account: accountUrl, oldKey } = parseObject(payload, 'payload of the inner JWS');

  // From here to the end in one turn: the key may have been taken, or the account changed, while we verified.
  const account = world.store.findAccount(accountIdOf(request));
  if (account === undefined) throw new Error(`account ${accountIdOf(request)} has vanished`);
  if (accountUrl !== world.urls.account(account.id)) {
    throw new CaRefusal('malformed', `inner JWS is for the account ${quoted(accountUrl ?? 'absent')}`);
  }
  if (!isSameKey(oldKey, account.jwk)) throw new CaRefusal('malformed', '"oldKey" is not the key of the account');
  const owner = world.store.findAccountByThumbprint(thumbprint);
  if (owner !== undefined) {
    const headers = { Location: world.urls.account(owner.id) };
    throw new CaRefusal('malformed', 'the new key is the key of an account already', { status: 409, headers });
  }
  const changed = { ...account, jwk, thumbprint };
  world.store.keep(changed);
  return { status: 200, body: accountObject(world, changed) };
}

function isSameKey(sent: unknown, own: JWK): boolean {
  if (typeof sent !== 'object' || sent === null) return false;
  const key = publicKeyFromJwk(sent);
  return key !== undefined && publicKeyFromJwk(own)?.equals(key) === true;
}
