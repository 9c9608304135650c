// The step answer-challenges: puts up the answers to challenges and has the authority look.

import { answerChallenges } from '../src/steps/answer-challenges.ts';
import { lambda } from './lambda.ts';
import { authorities } from './wiring/authorities.ts';
import { stepServices } from './wiring/step-services.ts';
import { vault } from './wiring/vault.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(
  () => ({ ...stepServices(), vault: vault(), authorities: authorities(), zones: zones() }),
  answerChallenges,
);
