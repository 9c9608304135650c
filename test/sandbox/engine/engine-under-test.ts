// Engines in folders of their own, closed and removed after the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DurableExecutionHandler, defaultSerdes } from '@aws/durable-execution-sdk-js';
import { onTestFinished, vi } from 'vitest';
import { type EngineOptions, LocalEngine } from '../../../src/sandbox/engine/local-engine.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openEngine(options: Partial<EngineOptions>): Promise<LocalEngine> {
  const folder = options.folder ?? temporaryFolder();
  const engine = await LocalEngine.open({ functions: {}, workflows: {}, ...options, folder });
  onTestFinished(() => engine.close());
  return engine;
}

/** Lets code, timers of the SDK and small files have their turn until `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 5_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface Order {
  readonly id: string;
}

/** Waits for an answer to the callback "window" and returns it. */
export const askOnce: DurableExecutionHandler<Order> = async (_order, ctx) => {
  const [answer] = await ctx.createCallback('window', { timeout: { days: 30 }, serdes: defaultSerdes });
  return { answer: await answer };
};

/** The id of the only open callback of an execution. */
export async function openCallback(engine: LocalEngine, name: string): Promise<string> {
  let id: string | undefined;
  await until(async () => {
    const open = (await engine.history(name)).find(({ type, status }) => type === 'CALLBACK' && status === 'STARTED');
    id = open?.callbackId;
    return id !== undefined;
  });
  return id ?? '';
}

/** One run of `workflow` to its end. */
export async function run(workflow: DurableExecutionHandler, functions = {}, workflows = {}) {
  const engine = await openEngine({ functions, workflows: { ...workflows, main: workflow } });
  await engine.start('main', 'o1', { id: 'o1' });
  return engine.whenEnded('o1');
}

/** The same, on a clock that runs ahead by ten seconds. */
export async function runAhead(workflow: DurableExecutionHandler, functions = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const ended = run(workflow, functions);
  await vi.advanceTimersByTimeAsync(10_000);
  return ended;
}
