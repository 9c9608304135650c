// Takes the TXT records of an order down again; nobody waits for it.

import { acmeKey, changeItem, getItem } from './records.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'zones' | 'clock' | 'log'>;

export const cleanUpChallenges = step('clean-up-challenges', async (input: StepInput, services: Needs) => {
  const { value: work } = await getItem(services.inventory, acmeKey(input.partner, input.orderId));
  for (const record of work.txtRecords) await services.zones.remove(record);
  await changeItem(services.inventory, acmeKey(input.partner, input.orderId), (now) => ({ ...now, txtRecords: [] }));
  return done({}, `${work.txtRecords.length} TXT record(s) taken down`);
});
