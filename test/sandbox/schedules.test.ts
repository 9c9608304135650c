// Schedules on one machine: at once, then at their intervals, never twice at a time, and never ended by a failure.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { beginSchedules } from '../../src/sandbox/schedules.ts';
import { WorkUnderWay } from '../../src/sandbox/work-under-way.ts';

const log = new MemoryLog();
const begin = (run: () => Promise<unknown>) =>
  beginSchedules([{ name: 'look', everyMs: 1000, run }], new WorkUnderWay(), log);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('come by at once and at each interval, until they are ended', async () => {
  const run = vi.fn(async () => undefined);
  const end = begin(run);
  expect(run).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(3000);
  expect(run).toHaveBeenCalledTimes(4);
  end();
  await vi.advanceTimersByTimeAsync(3000);
  expect(run).toHaveBeenCalledTimes(4);
});

it('do not overlap a run that takes longer than the interval', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = vi.fn(() => promise);
  const end = begin(run);
  await vi.advanceTimersByTimeAsync(3000);
  expect(run).toHaveBeenCalledTimes(1);
  resolve();
  await vi.advanceTimersByTimeAsync(1000);
  expect(run).toHaveBeenCalledTimes(2);
  end();
});

it('come by again after a run that failed, which stands in the log', async () => {
  const run = vi.fn(() => Promise.reject(new Error('no disk')));
  const end = begin(run);
  await vi.advanceTimersByTimeAsync(1000);
  expect(run).toHaveBeenCalledTimes(2);
  expect(log.lines()[0]).toMatchObject({ level: 'error', sentence: 'schedule failed', fields: { schedule: 'look' } });
  end();
});
