// How every step runs: what it answers, and what the order's timeline says afterwards.

import { describe, expect, it } from 'vitest';
import { MemoryInventory } from '../../src/adapters/memory/memory-inventory.ts';
import { MemoryLog } from '../../src/adapters/memory/memory-log.ts';
import { Problem } from '../../src/domain/problem.ts';
import { timelineKey } from '../../src/steps/records.ts';
import { done, type Progress, step, waiting } from '../../src/steps/step.ts';

const input = { partner: 'northwind', orderId: 'o1', visit: 1 };

function world(body: () => Promise<Progress<{ readonly answer: number }>>) {
  let minute = 0;
  const inventory = new MemoryInventory();
  const log = new MemoryLog();
  const now = () => {
    minute += 1;
    return new Date(Date.UTC(2027, 0, 11, 15, minute));
  };
  const services = { inventory, log, clock: { now, sleep: async () => {} } };
  const run = step('try-it', body);
  const entry = async () => (await inventory.find(timelineKey('northwind', 'o1', 'try-it', 1)))?.value;
  return { inventory, log, services, run: () => run(input, services), entry };
}

describe('a step', () => {
  it('answers its value, and the timeline says what it did and how long', async () => {
    const { run, entry } = world(async () => done({ answer: 42 }, 'answered'));
    expect(await run()).toEqual({ kind: 'done', value: { answer: 42 } });
    expect(await entry()).toEqual({
      step: 'try-it',
      visit: 1,
      state: 'done',
      startedAt: '2027-01-11T15:01:00.000Z',
      endedAt: '2027-01-11T15:02:00.000Z',
      attempts: 1,
      summary: 'answered',
    });
  });

  it('that waits is under way still, and begins once however often it looks', async () => {
    const { run, entry } = world(async () => waiting('not visible yet', 500));
    await run();
    expect(await run()).toEqual({ kind: 'waiting', why: 'not visible yet', retryAfterMs: 500 });
    expect(await entry()).toMatchObject({ state: 'waiting', attempts: 2, startedAt: '2027-01-11T15:01:00.000Z' });
    expect(await entry()).not.toHaveProperty('endedAt');
  });

  it('answers a problem as a value, with what the other side asked for', async () => {
    const { run, entry } = world(async () => {
      throw new Problem('ca-rate-limited', 'too many orders', { retryAfterMs: 60_000 });
    });
    const problem = { code: 'ca-rate-limited', message: 'too many orders', retry: 'later' };
    expect(await run()).toEqual({ kind: 'problem', problem, retryAfterMs: 60_000 });
    expect(await entry()).toMatchObject({ state: 'problem', problem: { code: 'ca-rate-limited' } });
  });

  it('is tried again later when nothing can be read or written just now', async () => {
    const { run, inventory, log } = world(async () => done({ answer: 42 }, 'answered'));
    inventory.find = () => Promise.reject(new Problem('inventory-unavailable', 'throttled'));
    expect(await run()).toMatchObject({ kind: 'problem', problem: { code: 'inventory-unavailable', retry: 'later' } });
    expect(log.lines().map((line) => line.sentence)).toContain('timeline could not be written');
  });

  it('lets a bug go up, with its stack in the log', async () => {
    const { run, log } = world(async () => {
      throw new TypeError('x is not a function');
    });
    await expect(run()).rejects.toThrow('x is not a function');
    expect(log.lines().at(-1)).toMatchObject({ level: 'error', sentence: 'step failed without a problem code' });
    expect(log.lines().at(-1)?.fields.error).toContain('step.test.ts');
  });
});
