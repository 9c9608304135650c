// Waits of days and weeks, on a clock that is moved by hand.

import { renameSync } from 'node:fs';
import { join } from 'node:path';
import {
  CallbackTimeoutError,
  type DurableContext,
  type DurableExecutionHandler,
  defaultSerdes,
} from '@aws/durable-execution-sdk-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocalEngine } from '../../../src/sandbox/engine/local-engine.ts';
import { openEngine, temporaryFolder } from './engine-under-test.ts';

const START = new Date('2026-11-02T00:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const FORTY_DAYS = { seconds: 40 * 24 * 60 * 60 };

function day(n: number): Date {
  return new Date(START.getTime() + n * DAY_MS);
}

/** The clock is read as the program reads it, in a step. */
const window: DurableExecutionHandler = async (_payload, ctx) => {
  const [answer] = await ctx.createCallback('window', { timeout: FORTY_DAYS, serdes: defaultSerdes });
  const opened = await answer.then(
    (command) => ({ command }),
    (error: unknown) => ({ timedOut: error instanceof CallbackTimeoutError }),
  );
  const { at } = await ctx.invoke<unknown, { at: string }>('look', 'clock', {});
  return { ...opened, at };
};

const functions = { clock: async () => ({ at: new Date() }) };

async function resultOf(engine: LocalEngine, name: string): Promise<unknown> {
  return (await engine.find(name))?.result;
}

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a window forty days away', () => {
  it('opens after forty days, to the second, and not before', async () => {
    const engine = await openEngine({ functions, workflows: { window } });
    await engine.start('window', 'o1', {});
    await vi.advanceTimersByTimeAsync(40 * DAY_MS - 1000);
    expect(await engine.find('o1')).toMatchObject({ status: 'RUNNING' });
    await vi.advanceTimersByTimeAsync(2000);
    const result = await resultOf(engine, 'o1');
    expect(result).toEqual({ timedOut: true, at: expect.any(String) });
    const lateMs = new Date((result as { at: string }).at).getTime() - day(40).getTime();
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(1000);
  });

  it('is reached in a fraction of a real second', async () => {
    const began = vi.getRealSystemTime();
    const engine = await openEngine({ functions, workflows: { window } });
    await engine.start('window', 'o1', {});
    await vi.advanceTimersByTimeAsync(41 * DAY_MS);
    expect(await engine.find('o1')).toMatchObject({ status: 'SUCCEEDED' });
    expect(vi.getRealSystemTime() - began).toBeLessThan(1000);
  });

  it('opens at its time when the process was away meanwhile, and late when it was away then', async () => {
    const folder = temporaryFolder();
    const first = await openEngine({ folder, functions, workflows: { window } });
    await first.start('window', 'on-time', {});
    await vi.advanceTimersByTimeAsync(100);
    await first.close();

    vi.setSystemTime(day(30));
    const second = await openEngine({ folder, functions, workflows: { window } });
    await second.start('window', 'late', {});
    await vi.advanceTimersByTimeAsync(11 * DAY_MS);
    expect(await resultOf(second, 'on-time')).toMatchObject({ at: expect.stringMatching(/^2026-12-12T00:00:0/) });
    await second.close();

    vi.setSystemTime(day(90));
    const third = await openEngine({ folder, functions, workflows: { window } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await resultOf(third, 'late')).toMatchObject({
      timedOut: true,
      at: expect.stringMatching(/^2027-01-31T00:00:0/),
    });
  });

  it('is closed once it has opened, even before the timer was heard', async () => {
    const folder = temporaryFolder();
    const before = await openEngine({ folder, functions, workflows: { window } });
    await before.start('window', 'o1', {});
    await vi.advanceTimersByTimeAsync(100);
    const id = (await before.history('o1'))[1]?.callbackId ?? '';
    await before.close();

    vi.setSystemTime(day(50));
    const after = await openEngine({ folder, functions, workflows: { window } });
    await expect(after.answer(id, 'run-now')).rejects.toMatchObject({ name: 'CallbackClosed' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await resultOf(after, 'o1')).toMatchObject({ timedOut: true });
  });

  it('can be answered on the last day', async () => {
    const engine = await openEngine({ functions, workflows: { window } });
    await engine.start('window', 'o1', {});
    await vi.advanceTimersByTimeAsync(39 * DAY_MS);
    await engine.answer((await engine.history('o1'))[1]?.callbackId ?? '', 'run-now');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await resultOf(engine, 'o1')).toMatchObject({ command: 'run-now' });
  });
});

describe('the clock', () => {
  it('ends waits after their time, each on its own', async () => {
    const main = async (_: unknown, ctx: DurableContext) => {
      const waits = [30, 1, 10].map((days) => ctx.wait(`${days}`, { days }));
      await Promise.all(waits);
      return 'over';
    };
    const engine = await openEngine({ workflows: { main } });
    await engine.start('main', 'o1', {});
    await vi.advanceTimersByTimeAsync(31 * DAY_MS);
    const waits = (await engine.history('o1')).filter(({ type }) => type === 'WAIT');
    expect(waits.map(({ name, endedAt }) => [name, endedAt?.slice(0, 10)])).toEqual([
      ['30', '2026-12-02'],
      ['1', '2026-11-03'],
      ['10', '2026-11-12'],
    ]);
    expect(await resultOf(engine, 'o1')).toBe('over');
  });

  it('counts attempts of a step over a restart and tries again when it is time', async () => {
    const folder = temporaryFolder();
    const attempts: number[] = [];
    const main = async (_: unknown, ctx: DurableContext) =>
      ctx.step(
        'flaky',
        async ({ attempt }) => {
          attempts.push(attempt);
          if (attempt < 3) throw new Error('not yet');
          return attempt;
        },
        { retryStrategy: () => ({ shouldRetry: true, delay: { hours: 1 } }) },
      );
    const before = await openEngine({ folder, workflows: { main } });
    await before.start('main', 'o1', {});
    await vi.advanceTimersByTimeAsync(1000);
    expect(attempts).toEqual([1]);
    await before.close();

    const after = await openEngine({ folder, workflows: { main } });
    await vi.advanceTimersByTimeAsync(59 * 60 * 1000);
    expect(attempts).toEqual([1]);
    await vi.advanceTimersByTimeAsync(2 * 60 * 60 * 1000);
    expect(attempts).toEqual([1, 2, 3]);
    expect(await resultOf(after, 'o1')).toBe(3);
  });

  it('can be another than the machine’s', async () => {
    let now = START;
    const engine = await openEngine({ functions, workflows: { window }, now: () => now });
    await engine.start('window', 'o1', {});
    await vi.advanceTimersByTimeAsync(100 * DAY_MS);
    expect(await engine.find('o1')).toMatchObject({ status: 'RUNNING', startedAt: START });
    now = day(41);
    await vi.advanceTimersByTimeAsync(40 * DAY_MS);
    expect(await engine.find('o1')).toMatchObject({ status: 'SUCCEEDED', endedAt: day(41) });
  });

  it('waits for a disk that takes nothing for a while, and loses nothing', async () => {
    const folder = temporaryFolder();
    const [disk, away] = [join(folder, 'executions'), join(folder, 'away')];
    const calls: string[] = [];
    const placed = Promise.withResolvers<unknown>();
    const looked = Promise.withResolvers<unknown>();
    const place = async () => {
      calls.push('place');
      return placed.promise;
    };
    const main = async (_: unknown, ctx: DurableContext) => {
      const { url } = await ctx.invoke<unknown, { url: string }>('place', 'place', {});
      const seen = await ctx.step('look', async () => {
        calls.push('look');
        return looked.promise;
      });
      return { url, seen };
    };
    const engine = await openEngine({ folder, functions: { place }, workflows: { main } });
    await engine.start('main', 'o1', {});
    await vi.advanceTimersByTimeAsync(100);
    renameSync(disk, away);
    placed.resolve({ url: 'u' });
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(engine.start('main', 'o2', {})).rejects.toThrow('ENOENT');
    renameSync(away, disk);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(calls).toEqual(['place', 'look']);

    renameSync(disk, away);
    looked.resolve('seen');
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    renameSync(away, disk);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await resultOf(engine, 'o1')).toEqual({ url: 'u', seen: 'seen' });
    expect(calls.filter((call) => call === 'place')).toHaveLength(1);
    expect(await engine.find('o2')).toBeUndefined();
  });

  it('gives a run that breaks more and more time, and then fails the execution', async () => {
    let runs = 0;
    const main = async (_: unknown, ctx: DurableContext) => {
      runs += 1;
      const broken = { serialize: async () => Promise.reject(new Error('cannot say it')), deserialize: async () => 1 };
      await ctx.step('broken', async () => 1, { serdes: broken });
    };
    const engine = await openEngine({ workflows: { main } });
    await engine.start('main', 'o1', {});
    await vi.advanceTimersByTimeAsync(500);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(10 * 60 * 1000);
    expect(await engine.find('o1')).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('cannot say it') },
    });
    expect(runs).toBe(9);
  });
});
