// The step settle-activation: proves what is served, from inside and outside, and commits or restores.

import { settleActivation } from '../src/steps/settle-activation.ts';
import { serverStep } from './server-step.ts';
import { ROLLED_BACK } from './settings.ts';
import { probes } from './wiring/probes.ts';
import { serviceSettings } from './wiring/service-settings.ts';
import { stepServices } from './wiring/step-services.ts';

/** A server that was put back is a line of its own, for the alarm. */
export const handler = serverStep(
  () => ({ ...stepServices(), probes: probes(), settings: serviceSettings() }),
  async (input: Parameters<typeof settleActivation>[0], services) => {
    const settled = await settleActivation(input, services);
    if (settled.kind === 'done' && settled.value.outcome === 'rolled-back')
      services.log.error(ROLLED_BACK, { orderId: input.orderId });
    return settled;
  },
);
