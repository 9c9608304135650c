// The step keep-report: keeps a readiness report.

import { keepReport } from '../src/steps/keep-report.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(stepServices, keepReport);
