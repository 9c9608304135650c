// The step register-order: makes the hostname the partner's and the order the server's one open order.

import { registerOrder } from '../src/steps/register-order.ts';
import { lambda } from './lambda.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(() => ({ ...stepServices(), settings: serviceSettings() }), registerOrder);
