// The step send-notice: tells everyone affected.

import { sendNotice } from '../src/steps/send-notice.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';
import { telling } from './wiring/telling.ts';

export const handler = lambda(() => ({ ...stepServices(), ...telling() }), sendNotice);
