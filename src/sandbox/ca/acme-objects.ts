// Records as ACME shows them (RFC 8555, section 7.1), with the states that follow from time and from each other.

import type { AccountRecord, AuthorizationRecord, ChallengeRecord, OrderRecord } from './ca-records.ts';
import { atSecond } from './ca-records.ts';
import type { CaWorld } from './ca-world.ts';

export type AuthorizationStatus = AuthorizationRecord['status'] | 'expired';
export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';

export function authorizationStatus(authorization: AuthorizationRecord, now: Date): AuthorizationStatus {
  const { status, expiresAt } = authorization;
  const over = now.getTime() >= Date.parse(expiresAt);
  // A pending one that nobody answered ends invalid, a proven one expired (RFC 8555, 7.1.6).
  if (over && status === 'pending') return 'invalid';
  return over && status === 'valid' ? 'expired' : status;
}

/** RFC 8555, 7.1.6. What is processing or valid stays so when the proof behind it ages. */
export function orderStatus(world: Pick<CaWorld, 'store' | 'now'>, order: OrderRecord): OrderStatus {
  if (order.certificateId !== undefined) return 'valid';
  if (order.error !== undefined) return 'invalid';
  if (order.csr !== undefined) return 'processing';
  const now = world.now();
  if (now.getTime() >= Date.parse(order.expiresAt)) return 'invalid';
  const statuses = world.store.authorizationsOf(order).map((authorization) => authorizationStatus(authorization, now));
  if (statuses.every((status) => status === 'valid')) return 'ready';
  return statuses.every((status) => status === 'valid' || status === 'pending') ? 'pending' : 'invalid';
}

export function accountObject({ urls }: Pick<CaWorld, 'urls'>, account: AccountRecord): object {
  const { status, contact, createdAt } = account;
  return { status, contact, termsOfServiceAgreed: true, createdAt, orders: urls.accountOrders(account.id) };
}

export function orderObject(world: CaWorld, order: OrderRecord): object {
  const { urls } = world;
  return {
    status: orderStatus(world, order),
    expires: order.expiresAt,
    identifiers: order.names.map((value) => ({ type: 'dns', value })),
    authorizations: order.authorizationIds.map((id) => urls.authorization(id)),
    finalize: urls.finalize(order.id),
    ...(order.certificateId === undefined ? {} : { certificate: urls.certificate(order.certificateId) }),
    ...(order.error === undefined ? {} : { error: order.error }),
    ...(order.replaces === undefined ? {} : { replaces: order.replaces }),
    ...(order.profile === undefined ? {} : { profile: order.profile }),
  };
}

export function authorizationObject(world: CaWorld, authorization: AuthorizationRecord): object {
  // A proven or failed authorization shows the challenge that made it so, and no other (RFC 8555, 7.1.4).
  const decided = authorization.challenges.filter(({ status }) => status === 'valid' || status === 'invalid');
  const shown = decided.length > 0 ? decided : authorization.challenges;
  return {
    identifier: { type: 'dns', value: authorization.name },
    status: authorizationStatus(authorization, world.now()),
    expires: authorization.expiresAt,
    challenges: shown.map((challenge) => challengeObject(world, authorization, challenge)),
    ...(authorization.wildcard ? { wildcard: true } : {}),
  };
}

export function challengeObject(
  world: CaWorld,
  authorization: AuthorizationRecord,
  challenge: ChallengeRecord,
): object {
  return {
    type: challenge.type,
    url: world.urls.challenge(authorization.id, challenge.id),
    status: challenge.status,
    token: challenge.token,
    ...(challenge.validatedAt === undefined ? {} : { validated: challenge.validatedAt }),
    ...(challenge.error === undefined ? {} : { error: challenge.error }),
  };
}

/** `Retry-After` for what is not finished yet, as the dials want it: seconds, a date, or not at all. */
export function retryAfter(world: CaWorld): Readonly<Record<string, string>> {
  const { retryAfterSeconds, retryAfterAsDate } = world.dials();
  return retryAfterSeconds === undefined ? {} : retryAfterHeader(retryAfterSeconds, retryAfterAsDate, world.now());
}

export function retryAfterHeader(seconds: number, asDate: boolean, now: Date): Readonly<Record<string, string>> {
  const at = new Date(now.getTime() + seconds * 1000);
  return { 'Retry-After': asDate ? at.toUTCString() : String(seconds) };
}

export function inSeconds(now: Date, seconds: number): string {
  return atSecond(new Date(now.getTime() + seconds * 1000));
}
