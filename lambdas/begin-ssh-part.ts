// The step begin-ssh-part: begins the next part of a rotation.

import { beginSshPart } from '../src/steps/begin-ssh-part.ts';
import { lambda } from './lambda.ts';
import { executions } from './wiring/executions.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(
  () => ({ ...stepServices(), executions: executions() }),
  (input: Parameters<typeof beginSshPart>[0], services) => beginSshPart(input, services),
);
