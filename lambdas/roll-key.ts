// The durable function roll-key: changes an account key.

import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { KeyChangeInput } from '../src/steps/change-account-key.ts';
import { rollKey } from '../src/workflows/roll-key.ts';
import { withLiveSteps } from './live-steps.ts';

export const handler = withDurableExecution((input: KeyChangeInput, ctx) => rollKey(input, withLiveSteps(ctx)));
