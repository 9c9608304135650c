// The step review-appointment: reads clock, holds and answers afresh and says what comes next.

import { reviewRestart } from '../src/steps/review-appointment.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(stepServices, reviewRestart);
