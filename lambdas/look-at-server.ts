// The workflow `look-at-server` as a durable function of Lambda.

import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { lookAtServer } from '../src/workflows/look-at-server.ts';
import { setting } from './settings.ts';
import { withLiveSteps } from './workflow.ts';

export const handler = withDurableExecution((input: Parameters<typeof lookAtServer>[0], ctx: DurableContext) =>
  lookAtServer(input, withLiveSteps(ctx, setting('prefix'))),
);
