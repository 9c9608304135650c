// The workflow `fulfil-order` as a durable function of Lambda.

import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { fulfilOrder } from '../src/workflows/fulfil-order.ts';
import { setting } from './settings.ts';
import { withLiveSteps } from './workflow.ts';

export const handler = withDurableExecution((input: Parameters<typeof fulfilOrder>[0], ctx: DurableContext) =>
  fulfilOrder(input, withLiveSteps(ctx, setting('prefix'))),
);
