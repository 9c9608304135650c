// The durable function fulfil-order: one order from its beginning to its end.

import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { type FulfilInput, fulfilOrder } from '../src/workflows/fulfil-order.ts';
import { withLiveSteps } from './live-steps.ts';

export const handler = withDurableExecution((input: FulfilInput, ctx) => fulfilOrder(input, withLiveSteps(ctx)));
