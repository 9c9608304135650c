// Orders: placed with what must be proven for them, and read again (RFC 8555, section 7.4).

import { randomBytes } from 'node:crypto';
import { authorizationStatus, inSeconds, orderObject, orderStatus, retryAfter } from './acme-objects.ts';
import { ariIdOf } from './ca-leaf-lookup.ts';
import { chooseProfile } from './ca-profiles.ts';
import { admitOrder } from './ca-rate-limits.ts';
import {
  type AuthorizationRecord,
  atSecond,
  type CertificateRecord,
  type ChallengeRecord,
  type OrderRecord,
  splitName,
} from './ca-records.ts';
import { CaRefusal } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { checkIdentifiers } from './check-identifiers.ts';
import { checkReplaces, type WantedReplacement } from './check-replaces.ts';
import { parseObject } from './jws-parts.ts';
import { shuffled } from './seeded-luck.ts';
import { newId } from './serve-accounts.ts';

export async function serveNewOrder(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const wanted = parseObject(request.payload, 'payload');
  for (const name of ['notBefore', 'notAfter']) {
    if (wanted[name] !== undefined) throw new CaRefusal('malformed', `${name} is not ours to choose`);
  }
  const names = checkIdentifiers(wanted.identifiers, world.dials().refuseNames);
  const accountId = accountIdOf(request);
  const profile = chooseProfile(wanted.profile, world.dials().profiles, names);
  const replaced = replacedBy(world, { ...wanted, names, accountId });
  const { exemption, spent } = admitOrder(world, { accountId, names, replaced });

  const reuses = world.random() < world.dials().reuseAuthorizations;
  const authorizations = names.map(
    (name) => (reuses ? findProven(world, accountId, name) : undefined) ?? newAuthorization(world, accountId, name),
  );
  const expiresAt = inSeconds(world.now(), world.dials().orderLifetimeSeconds);
  const order: OrderRecord = {
    kind: 'order',
    id: newId(),
    accountId,
    names,
    authorizationIds: shuffled(authorizations, () => world.random()).map(({ id }) => id),
    createdAt: atSecond(world.now()),
    // An order does not outlive the proofs it stands on.
    expiresAt: authorizations.reduce((end, { expiresAt: other }) => (other < end ? other : end), expiresAt),
    finalizeRequests: 0,
    ...(replaced === undefined ? {} : { replaces: ariIdOf(replaced, world.issuers) }),
    ...(profile === undefined ? {} : { profile }),
    ...(exemption === undefined ? {} : { exemption }),
  };
  world.store.keep(...authorizations, order, ...spent);
  return answerOrder(world, order, 201);
}

export async function serveOrder(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const order = getOrder(world, request);
  if (request.payload !== '') throw new CaRefusal('malformed', 'an order is read with an empty payload');
  return answerOrder(world, order, 200);
}

/** The order of the route, if it is the account's and has not been forgotten. */
export function getOrder(world: CaWorld, request: CaRequest): OrderRecord {
  const order = world.store.findOrder(request.route.id);
  const forgotten =
    world.dials().expiredOrders === 'gone' && world.now().getTime() >= Date.parse(order?.expiresAt ?? '');
  if (order === undefined || forgotten) throw new CaRefusal('malformed', 'no such order', { status: 404 });
  if (order.accountId !== accountIdOf(request))
    throw new CaRefusal('unauthorized', 'that is the order of another account');
  return order;
}

/** As it is now, which may be later than when the request came in. */
export function answerOrder(world: CaWorld, order: OrderRecord, status: number): CaAnswer {
  return {
    status,
    headers: {
      Location: world.urls.order(order.id),
      ...(orderStatus(world, order) === 'processing' ? retryAfter(world) : {}),
    },
    body: orderObject(world, order),
  };
}

export function accountIdOf({ account }: CaRequest): string {
  if (account === undefined) throw new CaRefusal('malformed', 'this operation is signed by an account');
  return account.id;
}

/** A CA without renewal information knows no `replaces`, and ignores what it does not know (RFC 8555, 7.4). */
function replacedBy(world: CaWorld, wanted: WantedReplacement): CertificateRecord | undefined {
  if (wanted.replaces === undefined || world.dials().suggestedWindow === 'none') return undefined;
  return checkReplaces(world, wanted);
}

function findProven(world: CaWorld, accountId: string, name: string): AuthorizationRecord | undefined {
  const { base, wildcard } = splitName(name);
  const now = world.now();
  return world.store
    .authorizationsFor(accountId, base, wildcard)
    .find((authorization) => authorizationStatus(authorization, now) === 'valid');
}

function newAuthorization(world: CaWorld, accountId: string, name: string): AuthorizationRecord {
  const { base, wildcard } = splitName(name);
  return {
    kind: 'authorization',
    id: newId(),
    accountId,
    name: base,
    wildcard,
    status: 'pending',
    expiresAt: inSeconds(world.now(), world.dials().orderLifetimeSeconds),
    challenges: shuffled(offeredTypes(world, wildcard), () => world.random()).map(newChallenge),
  };
}

/** A wildcard can be proven in DNS only; the order of the others is drawn, so that nobody relies on it. */
function offeredTypes(world: CaWorld, wildcard: boolean): readonly ChallengeRecord['type'][] {
  if (world.dials().offerOnlyHttp01) return ['http-01'];
  return wildcard ? ['dns-01'] : ['dns-01', 'http-01', 'tls-alpn-01'];
}

/** 256 bits of token; RFC 8555, 8.3 asks for 128 at least. */
function newChallenge(type: ChallengeRecord['type']): ChallengeRecord {
  return { id: newId(), type, token: randomBytes(32).toString('base64url'), status: 'pending' };
}
