// The workflow `revoke-certificate` as a durable function of Lambda.

import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { revokeCertificate } from '../src/workflows/revoke-certificate.ts';
import { setting } from './settings.ts';
import { withLiveSteps } from './workflow.ts';

export const handler = withDurableExecution((input: Parameters<typeof revokeCertificate>[0], ctx: DurableContext) =>
  revokeCertificate(input, withLiveSteps(ctx, setting('prefix'))),
);
