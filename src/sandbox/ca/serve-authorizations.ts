// Authorizations and their challenges: read, given up, answered and validated (RFC 8555, section 7.5).

import { setTimeout as delay } from 'node:timers/promises';
import { authorizationObject, authorizationStatus, challengeObject, inSeconds, retryAfter } from './acme-objects.ts';
import { spentByFailure } from './ca-rate-limits.ts';
import { type AuthorizationRecord, atSecond, type ChallengeRecord } from './ca-records.ts';
import { asRefusal, type CaProblemDocument, CaRefusal, quoted } from './ca-refusal.ts';
import type { CaAnswer, CaRequest, CaWorld } from './ca-world.ts';
import { parseObject } from './jws-parts.ts';
import { caaQuestionOf } from './recheck-caa.ts';
import { drawMs } from './seeded-luck.ts';
import { accountIdOf } from './serve-orders.ts';
import { checkCaa } from './validate-caa.ts';
import { validateDns01 } from './validate-dns01.ts';

/** POST-as-GET reads, `{"status":"deactivated"}` gives up (RFC 8555, 7.5.2). */
export async function serveAuthorization(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const authorization = getAuthorization(world, request);
  if (request.payload === '') return answerAuthorization(world, authorization);
  const { status } = parseObject(request.payload, 'payload');
  if (status !== 'deactivated')
    throw new CaRefusal('malformed', `status can only become "deactivated", not ${quoted(status)}`);
  const now = authorizationStatus(authorization, world.now());
  if (now !== 'pending' && now !== 'valid') throw new CaRefusal('malformed', `authorization is ${now} already`);
  const given: AuthorizationRecord = { ...authorization, status: 'deactivated' };
  world.store.keep(given);
  return answerAuthorization(world, given);
}

/** POST-as-GET reads, a JSON object says "my answer is there": validation starts (RFC 8555, 7.5.1). */
export async function serveChallenge(world: CaWorld, request: CaRequest): Promise<CaAnswer> {
  const authorization = getAuthorization(world, request);
  const challenge = getChallenge(authorization, request.route.part);
  if (request.payload === '') return answerChallenge(world, authorization, challenge);
  parseObject(request.payload, 'payload');
  if (challenge.status === 'pending') await begin(world, authorization, challenge);
  const after = latest(world, authorization.id);
  return answerChallenge(world, after, getChallenge(after, challenge.id));
}

/** Takes up the validations that an earlier life was in the middle of. */
export function resumeValidations(world: CaWorld): void {
  for (const authorization of world.store.authorizations()) {
    const challenge = authorization.challenges.find(({ status }) => status === 'processing');
    if (challenge !== undefined) void validateLater(world, authorization.id, challenge);
  }
}

async function begin(world: CaWorld, authorization: AuthorizationRecord, challenge: ChallengeRecord): Promise<void> {
  const status = authorizationStatus(authorization, world.now());
  const busy = authorization.challenges.some((other) => other.status === 'processing');
  if (status !== 'pending' || busy) {
    throw new CaRefusal(
      'malformed',
      busy ? 'another challenge is being validated' : `authorization is ${status}, not pending`,
    );
  }
  world.store.keep(withChallenge(authorization, { ...challenge, status: 'processing' }));
  await validateLater(world, authorization.id, challenge);
}

function validateLater(world: CaWorld, authorizationId: string, challenge: ChallengeRecord): Promise<void> {
  return world.inBackground(`challenge ${challenge.id}`, async (signal) => {
    world.count('validations');
    await delay(
      drawMs(world.dials().validationDelayMs, () => world.random()),
      undefined,
      { signal, ref: false },
    );
    const error = await findFault(world, latest(world, authorizationId), challenge, signal);
    signal.throwIfAborted();
    const after = decided(world, latest(world, authorizationId), challenge, error);
    world.store.keep(after, ...(after.status === 'invalid' ? spentByFailure(world, after) : []));
  });
}

async function findFault(
  world: CaWorld,
  authorization: AuthorizationRecord,
  challenge: ChallengeRecord,
  signal: AbortSignal,
): Promise<CaProblemDocument | undefined> {
  const { name, accountId } = authorization;
  try {
    if (world.dials().refuseCaa) throw new CaRefusal('caa', `CAA record for ${name} prevents issuance`);
    if (challenge.type !== 'dns-01') {
      throw new CaRefusal('connection', `${name} cannot be reached for ${challenge.type}`);
    }
    const keyAuthorization = `${challenge.token}.${world.store.findAccount(accountId)?.thumbprint}`;
    const looks = await Promise.allSettled([
      validateDns01({ name, keyAuthorization, dnsServers: world.dnsServers }, signal),
      checkCaa(caaQuestionOf(world, authorization, challenge), signal),
    ]);
    // What is wrong with the proof is said first.
    const failed = looks.find((look) => look.status === 'rejected');
    return failed === undefined ? undefined : asRefusal(failed.reason).document;
  } catch (error) {
    return asRefusal(error).document;
  }
}

function decided(
  world: CaWorld,
  authorization: AuthorizationRecord,
  challenge: ChallengeRecord,
  error: CaProblemDocument | undefined,
): AuthorizationRecord {
  const now = world.now();
  const validatedAt = atSecond(now);
  const after = withChallenge(
    authorization,
    error === undefined
      ? { ...challenge, status: 'valid', validatedAt }
      : { ...challenge, status: 'invalid', validatedAt, error },
  );
  // Given up while we looked: stays given up.
  if (authorization.status !== 'pending') return after;
  if (error !== undefined) return { ...after, status: 'invalid' };
  return { ...after, status: 'valid', expiresAt: inSeconds(now, world.dials().authorizationLifetimeSeconds) };
}

function withChallenge(authorization: AuthorizationRecord, challenge: ChallengeRecord): AuthorizationRecord {
  const challenges = authorization.challenges.map((other) => (other.id === challenge.id ? challenge : other));
  return { ...authorization, challenges };
}

function getAuthorization(world: CaWorld, request: CaRequest): AuthorizationRecord {
  const authorization = world.store.findAuthorization(request.route.id);
  if (authorization === undefined) throw new CaRefusal('malformed', 'no such authorization', { status: 404 });
  if (authorization.accountId !== accountIdOf(request)) {
    throw new CaRefusal('unauthorized', 'that is the authorization of another account');
  }
  return authorization;
}

function getChallenge(authorization: AuthorizationRecord, id: string): ChallengeRecord {
  const challenge = authorization.challenges.find((other) => other.id === id);
  if (challenge === undefined) throw new CaRefusal('malformed', 'no such challenge', { status: 404 });
  return challenge;
}

function latest(world: CaWorld, id: string): AuthorizationRecord {
  const authorization = world.store.findAuthorization(id);
  if (authorization === undefined) throw new Error(`authorization ${id} has vanished`);
  return authorization;
}

function answerAuthorization(world: CaWorld, authorization: AuthorizationRecord): CaAnswer {
  const busy = authorization.challenges.some(({ status }) => status === 'processing');
  return { status: 200, headers: busy ? retryAfter(world) : {}, body: authorizationObject(world, authorization) };
}

/** The `up` link is a MUST for certbot's library. */
function answerChallenge(world: CaWorld, authorization: AuthorizationRecord, challenge: ChallengeRecord): CaAnswer {
  return {
    status: 200,
    headers: challenge.status === 'processing' ? retryAfter(world) : {},
    links: [`<${world.urls.authorization(authorization.id)}>;rel="up"`],
    body: challengeObject(world, authorization, challenge),
  };
}
