// The step end-ssh-round: counts which servers have moved.

import { endSshRound } from '../src/steps/end-ssh-round.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(
  () => stepServices(),
  (input: Parameters<typeof endSshRound>[0], services) => endSshRound(input, services),
);
