// Finds the servers that a part of a rotation is to move.

import type { Services } from './services.ts';
import { findSshKeys, type RotationInput } from './ssh-key-records.ts';
import { needsPerson, type PendingMove, pagesOfMoves, stuckAt } from './ssh-moves.ts';
import { done, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

/**
 * A move costs up to nine operations of an execution, which has 3,000 (Lambda quota): three steps, each called again twice if it dies without a word, with a
 * pause each; a page of the inventory may add 200 moves to what there is.
 */
export const MOVES_PER_PART = 25;

export interface ListedMoves {
  readonly superseded: boolean;
  readonly moves: readonly PendingMove[];
  /** Where the next part begins; absent = this is the last of its round. */
  readonly next?: string | undefined;
}

/** In the first round all that have not moved; later those a person must look after are left out: a refused key is not tried again and again. */
export const listSshMoves = step('list-ssh-moves', async (input: RotationInput, services: Needs) => {
  const { partner, rotation } = input;
  const key = (await findSshKeys(partner, services)).keys.at(-1);
  if (key === undefined || key.generation !== rotation.generation)
    return done<ListedMoves>({ superseded: true, moves: [] }, 'a newer key was drawn');
  const found: PendingMove[] = [];
  for await (const { moves, next } of pagesOfMoves(partner, key.keyId, services, rotation.from)) {
    for (const move of moves) {
      const isLeft = rotation.round > 1 && needsPerson(await stuckAt(partner, rotation.generation, move, services));
      if (!isLeft) found.push(move);
    }
    if (found.length >= MOVES_PER_PART && next !== undefined)
      return done<ListedMoves>({ superseded: false, moves: found, next }, said(rotation.round, found));
  }
  return done<ListedMoves>({ superseded: false, moves: found }, said(rotation.round, found));
});

function said(round: number, moves: readonly PendingMove[]): string {
  return `round ${round}: ${moves.length} to move`;
}
