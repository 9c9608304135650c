// Proves control of the names: TXT records up, seen at every authoritative server, then the authority may look.

import { Problem } from '../domain/problem.ts';
import type { AcmeOrderView, Authority, OpenChallenge } from '../ports/authority.ts';
import type { TxtRecord } from '../ports/zones.ts';
import { endedBy } from './acme-verdict.ts';
import { HAND_BACK_MS, POLL_MS, pauseOrHandBack } from './authority-pace.ts';
import { openKnown } from './open-authority.ts';
import { type AcmeWork, acmeKey, changeItem, getItem } from './records.ts';
import type { Services } from './services.ts';
import { done, type Progress, type StepInput, step, waiting } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'zones' | 'clock' | 'log'>;

export const answerChallenges = step(
  'answer-challenges',
  async (input: StepInput, services: Needs): Promise<Progress<object>> => {
    const { value: work } = await getItem(services.inventory, acmeKey(input.partner, input.orderId));
    if (work.orderUrl === undefined) throw new Problem('ca-order-gone', 'the acmeOrder was never kept');
    const authority = await openKnown(work.authority, services);

    const view = await authority.read(work.orderUrl);
    if (isSettled(view)) return done({}, 'the authority has accepted the proof already');

    assertOurs(view, work);
    const records = await Promise.all(view.openChallenges.map((challenge) => recordFor(challenge, services)));
    await rememberRecords(input, services, records);
    await Promise.all(records.map((record) => services.zones.add(record)));
    if (!(await allVisible(services, records)))
      return waiting('not every name server answers with the TXT record yet', HAND_BACK_MS);

    for (const challenge of view.openChallenges.filter(isUnanswered)) await authority.answer(challenge.challengeUrl);
    return settle(authority, work.orderUrl, services);
  },
);

/** Whatever an authority asks to be proven, we put up records for names of this order alone. */
function assertOurs(view: AcmeOrderView, work: AcmeWork): void {
  const strange = view.openChallenges.find((challenge) => !work.names.includes(challenge.name));
  if (strange === undefined) return;
  throw new Problem('ca-answer-malformed', `the authority wants "${strange.name}" proven, which was not ordered`);
}

async function settle(authority: Authority, orderUrl: string, { clock }: Needs): Promise<Progress<object>> {
  for (const pauseMs of POLL_MS) {
    const view = await authority.read(orderUrl);
    if (isSettled(view)) return done({}, 'control of the name is proven (dns-01)');
    const laterMs = await pauseOrHandBack(view, pauseMs, clock);
    if (laterMs !== undefined) return waiting('the authority is looking and asked us to come back later', laterMs);
  }
  return waiting('the authority is looking', HAND_BACK_MS);
}

/** True when nothing is left to prove; an acmeOrder that ended is a problem. */
function isSettled(view: AcmeOrderView): boolean {
  if (view.status === 'gone' || view.status === 'invalid') throw endedBy(view);
  return view.status !== 'pending';
}

/** It stands where the authority's look-up ends, which is elsewhere when the name is delegated. */
async function recordFor({ txtName, txtValue }: OpenChallenge, { zones }: Needs): Promise<TxtRecord> {
  return { name: await zones.follow(txtName), value: txtValue };
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
