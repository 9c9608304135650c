// Somebody wants another key for our account at an authority: begun once per key, and carried out until it is done.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { Problem } from '../domain/problem.ts';
import { quoted } from '../domain/quoted-text.ts';
import { type KeyChangeInput, keyChangeRun } from '../steps/change-account-key.ts';
import { type AccountRecord, accountKey } from '../steps/records.ts';
import type { Services } from '../steps/services.ts';
import { callStep } from './call-step.ts';

type Needs = Pick<Services, 'inventory' | 'executions'>;

/**
 * Idempotent until the account has its next key: asked twice, it is one change. Answers the number of the key the account will have.
 * `not-found` where we have no account.
 */
export async function acceptKeyChange(authority: string, { inventory, executions }: Needs): Promise<number> {
  const account = await inventory.find(accountKey(authority));
  if (account === undefined)
    throw new Problem('not-found', `no account at ${quoted(authority)}; the first order makes one`);
  const generation = generationOf(account.value) + 1;
  // An execution that failed keeps its name: the count of those before tells the next one apart.
  for (let attempt = 1; ; attempt += 1) {
    const name = `key-${authority}-${generation}-${attempt}`;
    const state = await executions.state('roll-key', name);
    if (state === 'failed' || state === 'stopped' || state === 'succeeded') continue;
    await executions.start('roll-key', name, keyChangeRun(authority, generation));
    return generation;
  }
}

/** The workflow; an authority that is away is tried for a day. What went wrong stands in the authority's timeline. */
export async function rollKey(input: KeyChangeInput, ctx: DurableContext): Promise<{ readonly changed: boolean }> {
  return { changed: (await callStep(ctx, 'change-account-key', input)).ok };
}

/** Of the key in use. */
export function generationOf({ generation }: AccountRecord): number {
  return generation ?? 1;
}
