// Runs that are cut off in the middle of their code, as a Lambda is.

import {
  type DurableContext,
  type DurableExecutionHandler,
  defaultSerdes,
  StepSemantics,
} from '@aws/durable-execution-sdk-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Cut, cutAfterEachStep, cutEverywhere, cutInsideEachStep } from '../../../src/sandbox/engine/cut.ts';
import { openEngine } from './engine-under-test.ts';

interface World {
  readonly effects: string[];
  readonly workflow: DurableExecutionHandler;
  readonly functions: Record<string, (payload: unknown) => Promise<unknown>>;
}

/** Every kind of operation, each effect written down. */
function world(): World {
  const effects: string[] = [];
  const functions = {
    place: async () => ({ url: effects.push('place') }),
    stage: async () => ({ staged: effects.push('stage') }),
  };
  const workflow = async (_: unknown, ctx: DurableContext) => {
    try {
      await ctx.invoke('place', 'place', {});
      await ctx.step('local', async () => effects.push('local'));
      await ctx.runInChildContext('inner', async (inner) => {
        await inner.invoke('stage', 'stage', {});
        await inner.step('note', async () => effects.push('note'));
      });
      const [answer] = await ctx.createCallback('window', { timeout: { seconds: 1 }, serdes: defaultSerdes });
      await answer.catch(() => 'opened');
      await ctx.wait('settle', { seconds: 1 });
      return 'done';
    } finally {
      effects.push('finally');
    }
  };
  return { effects, workflow, functions };
}

async function inPieces(cut?: Cut) {
  const { effects, workflow, functions } = world();
  const engine = await openEngine({ functions, workflows: { main: workflow } });
  const ended = engine.runInPieces('main', 'o1', {}, cut);
  await vi.advanceTimersByTimeAsync(60_000);
  const summary = await ended;
  return { summary, effects, history: await engine.history('o1') };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a run that is cut off', () => {
  it('after every step does every effect once and its finally once, at the very end', async () => {
    const { summary, effects } = await inPieces(cutAfterEachStep());
    expect(summary).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
    expect(effects).toEqual(['place', 'local', 'stage', 'note', 'finally']);
  });

  it('inside every step does every effect twice and notes each step once', async () => {
    const { summary, effects, history } = await inPieces(cutInsideEachStep());
    expect(summary).toMatchObject({ status: 'SUCCEEDED' });
    expect(effects).toEqual(['place', 'place', 'local', 'local', 'stage', 'stage', 'note', 'note', 'finally']);
    expect(history.map(({ name }) => name)).toEqual([
      'o1',
      'place',
      'local',
      'inner',
      'stage',
      'note',
      'window',
      'settle',
    ]);
    expect(history.every(({ status }) => status === 'SUCCEEDED' || status === 'TIMED_OUT')).toBe(true);
  });

  it('at every moment there is comes to the same end', async () => {
    const { summary, effects } = await inPieces(cutEverywhere());
    expect(summary).toMatchObject({ status: 'SUCCEEDED', result: 'done' });
    expect([...new Set(effects)]).toEqual(['place', 'local', 'stage', 'note', 'finally']);
    expect(effects.filter((effect) => effect === 'finally')).toHaveLength(1);
  });

  it('really was cut at each of these moments', async () => {
    const moments: string[] = [];
    const everywhere = cutEverywhere();
    await inPieces((moment) => {
      const cut = everywhere(moment);
      if (cut) moments.push(`${moment.kind} ${moment.operation.name}`);
      return cut;
    });
    expect(moments.filter((moment) => moment.startsWith('noted')).sort()).toEqual(
      ['inner', 'local', 'note', 'place', 'settle', 'stage', 'window'].map((name) => `noted ${name}`),
    );
    expect(moments).toEqual(
      expect.arrayContaining(['begun place', 'done place', 'done local', 'begun window', 'done note']),
    );
  });

  it('does not run a step again that asked to be run at most once', async () => {
    let effects = 0;
    const workflow = async (_: unknown, ctx: DurableContext) => {
      const once = { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: () => ({ shouldRetry: false }) };
      return ctx.step('once', async () => (effects += 1), once).catch((error) => String(error));
    };
    const engine = await openEngine({ workflows: { main: workflow } });
    const ended = engine.runInPieces('main', 'o1', {}, cutInsideEachStep());
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await ended).result).toMatch(/due to an interruption/);
    expect(effects).toBe(1);
  });

  it('leaves the code of the old run behind: what it was waiting for never comes', async () => {
    const lives: string[] = [];
    let life = 0;
    const workflow = async (_: unknown, ctx: DurableContext) => {
      life += 1;
      const mine = life;
      await ctx.step('one', async () => 1);
      lives.push(`life ${mine} after one`);
      await ctx.step('two', async () => 2);
      lives.push(`life ${mine} after two`);
      return mine;
    };
    const engine = await openEngine({ workflows: { main: workflow }, cut: cutAfterEachStep() });
    await engine.start('main', 'o1', {});
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await engine.whenEnded('o1')).result).toBe(3);
    expect(lives).toEqual(['life 2 after one', 'life 3 after one', 'life 3 after two']);
  });
});
