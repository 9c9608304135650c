import { type DurableContext, DurableExecutionClientError, OperationStatus } from '@aws/durable-execution-sdk-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { applyUpdate } from '../../../src/sandbox/engine/apply-update.ts';
import { Execution, type ExecutionEnd } from '../../../src/sandbox/engine/execution.ts';
import { SERVICE_LIMITS } from '../../../src/sandbox/engine/service-limits.ts';
import { WorkflowRunner, type WorkflowRunnerOptions } from '../../../src/sandbox/engine/workflow-runner.ts';
import { temporaryFolder } from './engine-under-test.ts';

const START = new Date('2026-11-02T00:00:00Z');

/** A runner whose notes are taken after `refusals` of them threw `refusal`. */
function runnerWith(refusal: Error, refusals: number) {
  const ends: Omit<ExecutionEnd, 'at'>[] = [];
  let left = refusals;
  const note: WorkflowRunnerOptions['note'] = (execution, updates) => {
    if (updates.length > 0 && left > 0) {
      left -= 1;
      throw refusal;
    }
    const around = { at: START, limits: SERVICE_LIMITS, newCallbackId: () => 'id' };
    for (const update of updates) {
      execution.note([applyUpdate(execution.operation(update.Id ?? ''), update, around)]);
    }
    return 'noted';
  };
  const runner: WorkflowRunner = new WorkflowRunner({
    workflows: { main: async (_: unknown, ctx: DurableContext) => ctx.step('one', async () => 1) },
    now: () => new Date(),
    note,
    finish: (_execution, end) => ends.push(end),
    wakeLater: (execution, delayMs) => void setTimeout(() => runner.wake(execution), delayMs),
  });
  const execution = Execution.begin(temporaryFolder(), { name: 'o1', workflow: 'main', payload: '{}', at: START });
  runner.wake(execution);
  return { runner, ends };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a run whose notes are refused', () => {
  it('by the disk is tried again for as long as it takes', async () => {
    const { ends } = runnerWith(new Error('ENOSPC: no space left on device'), 100);
    await vi.advanceTimersByTimeAsync(98_000);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ends).toEqual([{ status: 'SUCCEEDED', result: '1' }]);
  });

  it('for this run only is given up after some tries', async () => {
    const { ends } = runnerWith(new DurableExecutionClientError('no more'), 100);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(ends).toEqual([
      { status: 'FAILED', error: expect.objectContaining({ ErrorMessage: expect.stringContaining('no more') }) },
    ]);
  });

  it('for good ends the execution at once', async () => {
    const { ends } = runnerWith(new DurableExecutionClientError('never', { scope: 'EXECUTION' }), 1);
    await vi.advanceTimersByTimeAsync(500);
    expect(ends).toEqual([
      {
        status: OperationStatus.FAILED,
        error: expect.objectContaining({ ErrorMessage: expect.stringContaining('never') }),
      },
    ]);
  });
});
