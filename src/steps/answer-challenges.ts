// Proves control of the names: TXT records up, seen at every authoritative server, then the authority may look.

import { Problem } from '../domain/problem.ts';
import type { AcmeProofs, Authority, OpenChallenge, PlacedAcmeOrder } from '../ports/authority.ts';
import type { TxtRecord } from '../ports/zones.ts';
import { endedBy } from './acme-verdict.ts';
import { HAND_BACK_MS, POLL_MS, pauseOrHandBack } from './authority-pace.ts';
import { openKnown } from './open-authority.ts';
import { neverKept, placedOrder } from './placed-acme-order.ts';
import { type AcmeWork, acmeKey, changeItem, getItem } from './records.ts';
import type { Services } from './services.ts';
import { done, type Progress, type StepInput, step, waiting } from './step.ts';

type Said = { readonly retryAfterMs: number | undefined };

type Needs = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'zones' | 'clock' | 'log'>;

/** The challenges are read once a visit, then the acmeOrder alone is looked at: one request each time. */
export const answerChallenges = step(
  'answer-challenges',
  async (input: StepInput, services: Needs): Promise<Progress<object>> => {
    const { value: work } = await getItem(services.inventory, acmeKey(input.partner, input.orderId));
    if (work.fingerprint !== undefined) return done({}, 'the leaf was issued already');
    if (work.orderUrl === undefined) throw neverKept();
    const authority = await openKnown(work.authority, services);

    const placed = await placedOrder(work, authority);
    const proofs = await authority.readChallenges(placed);
    if (proofs.status === 'gone' || proofs.status === 'invalid') throw endedBy(proofs);

    assertOurs(proofs, work);
    const records = await Promise.all(proofs.openChallenges.map((challenge) => recordFor(challenge, services)));
    await rememberRecords(input, services, records);
    await addAll(records, services);
    if (!(await allVisible(services, records)))
      return waiting('not every name server answers with the TXT record yet', HAND_BACK_MS);

    let said: Said = proofs;
    for (const challenge of proofs.openChallenges.filter(isUnanswered)) {
      said = await authority.answer(challenge.challengeUrl);
    }
    return settle(authority, placed, said, services);
  },
);

/** Whatever an authority asks to be proven, we put up records for names of this order alone. */
function assertOurs(proofs: AcmeProofs, work: AcmeWork): void {
  const strange = proofs.openChallenges.find((challenge) => !work.names.includes(challenge.name));
  if (strange === undefined) return;
  throw new Problem('ca-answer-malformed', `the authority wants "${strange.name}" proven, which was not ordered`);
}

/** `said` is what the authority answered last; a pause comes before each look, because no authority is done at once. */
async function settle(
  authority: Authority,
  placed: PlacedAcmeOrder,
  said: Said,
  { clock }: Needs,
): Promise<Progress<object>> {
  let last = said;
  for (const pauseMs of POLL_MS) {
    const laterMs = await pauseOrHandBack(last, pauseMs, clock);
    if (laterMs !== undefined) return waiting('the authority is looking and asked us to come back later', laterMs);
    const view = await authority.readOrder(placed.orderUrl);
    if (view.status === 'gone' || (view.status === 'invalid' && view.refusal !== undefined)) throw endedBy(view);
    // The reason may stand in the authorizations alone (Boulder, Pebble).
    if (view.status === 'invalid') throw endedBy({ ...(await authority.readChallenges(placed)), status: 'invalid' });
    if (view.status !== 'pending') return done({}, 'control of the names is proven (dns-01)');
    last = view;
  }
  return waiting('the authority is looking', HAND_BACK_MS);
}

/** It stands where the authority's look-up ends, which is elsewhere when the name is delegated. */
async function recordFor({ txtName, txtValue }: OpenChallenge, { zones }: Needs): Promise<TxtRecord> {
  return { name: await zones.follow(txtName), value: txtValue };
}

/** Asked for together, they go to the zone together. All are waited for before a problem of one is told. */
async function addAll(records: readonly TxtRecord[], { zones }: Needs): Promise<void> {
  const added = await Promise.allSettled(records.map((record) => zones.add(record)));
  const failed = added.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function rememberRecords(input: StepInput, services: Needs, records: readonly TxtRecord[]): Promise<void> {
  await changeItem(services.inventory, acmeKey(input.partner, input.orderId), (work) => {
    const unknown = records.filter(
      (record) => !work.txtRecords.some((known) => known.name === record.name && known.value === record.value),
    );
    return unknown.length === 0 ? work : { ...work, txtRecords: [...work.txtRecords, ...unknown] };
  });
}

async function allVisible({ zones, clock }: Needs, records: readonly TxtRecord[]): Promise<boolean> {
  for (const pauseMs of POLL_MS) {
    const seen = await Promise.all(records.map((record) => zones.isVisible(record)));
    if (seen.every(Boolean)) return true;
    await clock.sleep(pauseMs);
  }
  return false;
}

function isUnanswered(challenge: OpenChallenge): boolean {
  return challenge.status === 'pending';
}
