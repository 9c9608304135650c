// The step clean-up-challenges: takes the answers to challenges down.

import { cleanUpChallenges } from '../src/steps/clean-up-challenges.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';
import { zones } from './wiring/zones.ts';

export const handler = lambda(() => ({ ...stepServices(), zones: zones() }), cleanUpChallenges);
