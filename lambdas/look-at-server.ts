// The durable function look-at-server: makes a readiness report.

import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { LookInput } from '../src/steps/look-outside.ts';
import { lookAtServer } from '../src/workflows/look-at-server.ts';
import { withLiveSteps } from './live-steps.ts';

export const handler = withDurableExecution((input: LookInput, ctx) => lookAtServer(input, withLiveSteps(ctx)));
