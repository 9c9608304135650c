// Takes the TXT records of an order down again; nobody waits for it.

import type { TxtRecord } from '../ports/zones.ts';
import { acmeKey, changeItem, getItem } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'zones' | 'clock' | 'log'>;

/** Exactly what was put up is taken down, where it was put up: a delegation may lead elsewhere by now. What one name refuses holds up no other. */
export const cleanUpChallenges = step('clean-up-challenges', async (input: StepInput, services: Needs) => {
  const key = acmeKey(input.partner, input.orderId);
  const { value: work } = await getItem(services.inventory, key);
  const ends = await Promise.allSettled(work.txtRecords.map((record) => services.zones.remove(record)));
  const isDown = (record: TxtRecord) =>
    work.txtRecords.some(
      ({ name, value }, index) => name === record.name && value === record.value && ends[index]?.status === 'fulfilled',
    );
  await changeItem(services.inventory, key, (now) => ({
    ...now,
    txtRecords: now.txtRecords.filter((record) => !isDown(record)),
  }));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return done({}, `${work.txtRecords.length} TXT record(s) taken down`);
});
