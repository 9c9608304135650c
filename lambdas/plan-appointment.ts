// The step plan-appointment: chooses a restart window.

import { planRestart } from '../src/steps/plan-appointment.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(stepServices, planRestart);
