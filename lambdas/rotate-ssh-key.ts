// The durable function rotate-ssh-key: moves a partner's servers to another key of our logins.

import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { RotationInput } from '../src/steps/ssh-key-records.ts';
import { rotateSshKey } from '../src/workflows/rotate-ssh-key.ts';
import { withLiveSteps } from './live-steps.ts';

export const handler = withDurableExecution((input: RotationInput, ctx) => rotateSshKey(input, withLiveSteps(ctx)));
