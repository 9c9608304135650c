// What is still to be proven for an order, read from its authorizations.

import type { KeyObject } from 'node:crypto';
import { Problem } from '../../domain/problem.ts';
import type { AcmeProofs, OpenChallenge } from '../../ports/authority.ts';
import type { AcmeAuthorizationDocument } from './acme-answers.ts';
import { txtValueFor } from './acme-client-internals.ts';
import { readErrorDocument, refusalOf } from './acme-problems.ts';

/** `unanswerable`: none of the challenges offered is one we can answer. `lapsed`: its time is over, and no challenge failed. `error` is what the authority said, unread. */
export type Proof =
  | { readonly kind: 'proven' }
  | { readonly kind: 'open'; readonly open: OpenChallenge }
  | { readonly kind: 'unanswerable'; readonly problem: Problem }
  | { readonly kind: 'lapsed' }
  | { readonly kind: 'dead'; readonly error: unknown };

/** An authorization of an order for these names → how far its proof is. `key` is the account's. */
export async function readProof(
  names: readonly string[],
  authorization: AcmeAuthorizationDocument,
  key: KeyObject,
): Promise<Proof> {
  const { identifier, wildcard, challenges, status } = authorization;
  const name = wildcard ? `*.${identifier.value}` : identifier.value;
  // Whoever chooses the name chooses where we write TXT records.
  if (!names.includes(name)) {
    throw malformed('authorization.identifier', 'a name that is not in the order');
  }
  if (status === 'valid') return { kind: 'proven' };
  if (status !== 'pending') {
    const failed = challenges.find((challenge) => challenge.status === 'invalid');
    return failed === undefined ? { kind: 'lapsed' } : { kind: 'dead', error: failed.error };
  }
  const dns01 = challenges.find(({ type }) => type === 'dns-01');
  if (!dns01) return { kind: 'unanswerable', problem: noUsableChallenge(name, challenges) };
  if (dns01.status === 'invalid') return { kind: 'dead', error: dns01.error };
  if (dns01.token === undefined) throw malformed('challenge.token', 'not base64url of at least 128 bits');
  const open: OpenChallenge = {
    name,
    challengeUrl: dns01.url,
    txtName: `_acme-challenge.${identifier.value}`,
    txtValue: await txtValueFor(key, dns01.token),
    status: dns01.status === 'pending' ? 'pending' : 'processing',
  };
  return { kind: 'open', open };
}

/** RFC 8555, 7.1.6: one dead authorization makes the order invalid, also for an authority that is slow to say so. */
export function judgeProofs(proofs: readonly Proof[]): Omit<AcmeProofs, 'retryAfterMs'> {
  const dead = proofs.find((proof) => proof.kind === 'dead');
  if (dead) return { status: 'invalid', openChallenges: [], refusal: refusalOf(readErrorDocument(dead.error)) };
  // Nobody refused us, we came too late (RFC 8555, 7.1.6): another acmeOrder may well succeed.
  if (proofs.some((proof) => proof.kind === 'lapsed'))
    return { status: 'gone', openChallenges: [], refusal: undefined };
  const unanswerable = proofs.find((proof) => proof.kind === 'unanswerable');
  if (unanswerable) throw unanswerable.problem;
  const openChallenges = proofs.flatMap((proof) => (proof.kind === 'open' ? [proof.open] : []));
  return { status: openChallenges.length === 0 ? 'proven' : 'pending', openChallenges, refusal: undefined };
}

function noUsableChallenge(name: string, challenges: AcmeAuthorizationDocument['challenges']): Problem {
  const offered = challenges.map(({ type }) => type.replaceAll(/[^\w-]/g, '')).join(', ');
  return new Problem('ca-no-usable-challenge', `no dns-01 challenge for "${name}"; offered: ${offered || 'none'}`);
}

function malformed(field: string, saw: string): Problem {
  return new Problem('ca-answer-malformed', `${field}: ${saw}`, { field });
}
