// The step await-appointment: writes down how the waiting run is woken.

import { awaitAppointment } from '../src/steps/review-appointment.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(stepServices, awaitAppointment);
