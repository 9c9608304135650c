// Looks what is left after a round over the fleet: another round after a pause, or the rotation is over.

import { pauseBeforeRound } from '../domain/ssh-rotation.ts';
import { changeItem } from './records.ts';
import type { Services } from './services.ts';
import { findSshKeys, type RotationInput, sshKeysKey } from './ssh-key-records.ts';
import { needsPerson, pagesOfMoves, stuckAt } from './ssh-moves.ts';
import { done, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'clock' | 'log'>;

export interface RoundEnd {
  /** Absent = there is no other round. */
  readonly pauseSeconds?: number | undefined;
  /** Nodes that have not moved; of a round that is followed by another: at least so many. */
  readonly left: number;
}

export const endSshRound = step('end-ssh-round', async (input: RotationInput, services: Needs) => {
  const { partner, rotation } = input;
  const key = (await findSshKeys(partner, services)).keys.at(-1);
  if (key === undefined || key.generation !== rotation.generation)
    return done<RoundEnd>({ left: 0 }, 'a newer key was drawn');
  const pauseSeconds = pauseBeforeRound(rotation, services.clock.now());
  let left = 0;
  for await (const { moves } of pagesOfMoves(partner, key.keyId, services)) {
    left += moves.length;
    if (pauseSeconds === undefined) continue;
    for (const move of moves) {
      if (needsPerson(await stuckAt(partner, rotation.generation, move, services))) continue;
      return done<RoundEnd>({ pauseSeconds, left }, `some are left; again in ${pauseSeconds} seconds`);
    }
  }
  await changeItem(services.inventory, sshKeysKey(partner), (now) =>
    now.rotation?.generation === rotation.generation && now.rotation.run === rotation.run
      ? { ...now, rotation: { ...now.rotation, endedAt: services.clock.now().toISOString(), left } }
      : now,
  );
  if (left > 0)
    services.log.error('servers let a former SSH key in', { partner, left, generation: rotation.generation });
  return done<RoundEnd>({ left }, left === 0 ? 'every server has moved' : `${left} have not moved; a person must look`);
});
