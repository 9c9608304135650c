// The durable function revoke-certificate: has a certificate taken back.

import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { FulfilInput } from '../src/workflows/fulfil-order.ts';
import { revokeCertificate } from '../src/workflows/revoke-certificate.ts';
import { withLiveSteps } from './live-steps.ts';

export const handler = withDurableExecution((input: FulfilInput, ctx) => revokeCertificate(input, withLiveSteps(ctx)));
