// The workflow `roll-key` as a durable function of Lambda.

import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { rollKey } from '../src/workflows/roll-key.ts';
import { setting } from './settings.ts';
import { withLiveSteps } from './workflow.ts';

export const handler = withDurableExecution((input: Parameters<typeof rollKey>[0], ctx: DurableContext) =>
  rollKey(input, withLiveSteps(ctx, setting('prefix'))),
);
