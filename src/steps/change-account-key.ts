// The step that has our account at an authority changed to its next key; nobody's order, so its timeline is the authority's.

import { accountKey, getItem } from './records.ts';
import { rollAccountKey } from './roll-account-key.ts';
import type { Services } from './services.ts';
import { done, type StepInput, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'vault' | 'authorities' | 'keyPairs' | 'clock' | 'log'>;

export interface KeyChangeInput extends StepInput {
  readonly authority: string;
  /** Of the key the account shall have: a repeat after the change finds it done, and draws no other. */
  readonly generation: number;
}

/** Stands for the partner where a step works for the service itself; no partner can be called so. */
export const SERVICE = 'SERVICE';

/** Where the timeline of an authority's account is kept. */
export function keyChangeRun(authority: string, generation: number): KeyChangeInput {
  return { partner: SERVICE, orderId: `AUTHORITY#${authority}`, visit: generation, authority, generation };
}

export const changeAccountKey = step('change-account-key', async (input: KeyChangeInput, services: Needs) => {
  const { value: account } = await getItem(services.inventory, accountKey(input.authority));
  const isDone = (account.generation ?? 1) >= input.generation;
  const generation = isDone ? input.generation : await rollAccountKey(input.authority, services);
  return done(
    { generation },
    `our account at ${input.authority} has key ${generation}; the one before is good for nothing`,
  );
});
