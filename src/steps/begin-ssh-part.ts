// Begins the next execution of a rotation: noted first, so that whoever asks for the rotation again finds the one at work.

import type { SshRotation } from '../domain/ssh-rotation.ts';
import { changeItem } from './records.ts';
import type { Services } from './services.ts';
import { type RotationInput, sshKeysKey, startRotation } from './ssh-key-records.ts';
import { done, step } from './step.ts';

type Needs = Pick<Services, 'inventory' | 'executions' | 'clock' | 'log'>;

export interface PartInput extends RotationInput {
  readonly next: SshRotation;
}

/** Nothing is begun where the rotation was asked for anew meanwhile. */
export const beginSshPart = step('begin-ssh-part', async ({ partner, rotation, next }: PartInput, services: Needs) => {
  const { rotation: now } = await changeItem(services.inventory, sshKeysKey(partner), (keys) =>
    isSame(keys.rotation, rotation) ? { ...keys, rotation: next } : keys,
  );
  if (!isSame(now, next)) return done({ begun: false }, 'the rotation was asked for anew');
  await startRotation(partner, next, services);
  return done({ begun: true }, `part ${next.part} is begun`);
});

function isSame(a: SshRotation | undefined, b: SshRotation): boolean {
  return a?.generation === b.generation && a.run === b.run && a.part === b.part;
}
