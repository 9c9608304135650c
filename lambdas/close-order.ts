// The step close-order: closes the order and keeps its event.

import { closeOrder } from '../src/steps/close-order.ts';
import { lambda } from './lambda.ts';
import { stepServices } from './wiring/step-services.ts';

export const handler = lambda(stepServices, closeOrder);
