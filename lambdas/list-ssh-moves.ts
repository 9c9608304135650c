// The step list-ssh-moves: finds the servers that still let an older key in.

import { listSshMoves } from '../src/steps/list-ssh-moves.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(
  () => stepServices(),
  (input: Parameters<typeof listSshMoves>[0], services) => listSshMoves(input, services),
);
