// The workflow `rotate-ssh-key` as a durable function of Lambda.

import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { rotateSshKey } from '../src/workflows/rotate-ssh-key.ts';
import { setting } from './settings.ts';
import { withLiveSteps } from './workflow.ts';

export const handler = withDurableExecution((input: Parameters<typeof rotateSshKey>[0], ctx: DurableContext) =>
  rotateSshKey(input, withLiveSteps(ctx, setting('prefix'))),
);
