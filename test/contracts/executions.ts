// What every adapter of the Executions port does.

import { describe, expect, it } from 'vitest';
import type { Executions } from '../../src/ports/executions.ts';

export interface ExecutionsUnderTest {
  readonly executions: Executions;
  /** A workflow that waits on one callback and then ends well. */
  readonly workflow: string;
  /** The callback an execution waits on. */
  readonly callbackOf: (name: string) => Promise<string>;
  /** How many executions there are. */
  readonly begun: () => Promise<number>;
  readonly untilOver: (name: string) => Promise<void>;
}

export function executionsContract(open: () => Promise<ExecutionsUnderTest>): void {
  describe('as Executions', () => {
    it('starts the same name with the same input once', async () => {
      const { executions, workflow, begun, callbackOf } = await open();
      await executions.start(workflow, 'o1', { orderId: 'o1' });
      await callbackOf('o1');
      await executions.start(workflow, 'o1', { orderId: 'o1' });
      expect(await begun()).toBe(1);
    });

    it('answers once the execution is kept, not when it is over', async () => {
      const { executions, workflow } = await open();
      await executions.start(workflow, 'o1', { orderId: 'o1' });
      expect(await executions.state(workflow, 'o1')).toBe('running');
    });

    it('wakes whom waits, and says when nobody does any more', async () => {
      const { executions, workflow, callbackOf, untilOver } = await open();
      await executions.start(workflow, 'o1', { orderId: 'o1' });
      const callbackId = await callbackOf('o1');
      expect(await executions.wake(callbackId, { look: 'again' })).toBe(true);
      await untilOver('o1');
      expect(await executions.wake(callbackId, { look: 'again' })).toBe(false);
      expect(await executions.wake('never-given', { look: 'again' })).toBe(false);
    });

    it('says whether there is an execution, and whether it is over', async () => {
      const { executions, workflow, callbackOf, untilOver } = await open();
      expect(await executions.state(workflow, 'o1')).toBe('absent');
      await executions.start(workflow, 'o1', { orderId: 'o1' });
      await executions.wake(await callbackOf('o1'), { look: 'again' });
      await untilOver('o1');
      expect(await executions.state(workflow, 'o1')).toBe('succeeded');
    });
  });
}
