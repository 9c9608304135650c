// One activation on a server, asked for as the steps do until it is where a test wants it.

import { expect } from 'vitest';
import type { ActivationPhase, ActivationView, Appliance } from '../../src/ports/appliances.ts';
import { SERVER_NAME, SITE_PORT } from './ucx-bench.ts';
import { inAnHour } from './window-end.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };

type Asked = Parameters<Appliance['activate']>[0];

export interface ActivationRun {
  activate(id?: string, change?: Partial<Asked>): Promise<ActivationView>;
  /** Looks until it is there. */
  reach(phase: ActivationPhase, id?: string, change?: Partial<Asked>): Promise<void>;
  settle(verdict: 'commit' | 'restore', phase: ActivationPhase): Promise<void>;
}

/** Of the staged leaf with this fingerprint. `appliance` is asked for each time, because a reboot ends its connection. */
export function activationRun(appliance: () => Appliance, fingerprint: string): ActivationRun {
  const activate = (id = 'a1', change: Partial<Asked> = {}) =>
    appliance().activate({
      ...{ id, fingerprint, name: SERVER_NAME, sitePort: SITE_PORT, mayRestartUntil: inAnHour() },
      ...change,
    });
  return {
    activate,
    reach: async (phase, id, change) =>
      await expect.poll(async () => (await activate(id, change)).phase, PATIENCE).toBe(phase),
    settle: async (verdict, phase) =>
      await expect.poll(async () => (await appliance().settle('a1', verdict)).phase, PATIENCE).toBe(phase),
  };
}
