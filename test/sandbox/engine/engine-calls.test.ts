// What a workflow asks of the world: functions, other workflows, answers from people.

import {
  CallbackTimeoutError,
  type DurableContext,
  defaultSerdes,
  InvokeError,
  withRetry,
} from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';
import type { LocalEngine } from '../../../src/sandbox/engine/local-engine.ts';
import { askOnce, type Order, openCallback, openEngine, run, runAhead } from './engine-under-test.ts';

describe('an invoke', () => {
  class RateLimited extends Error {
    override readonly name = 'ca-rate-limited';
    readonly retryAfterMs = 5;
  }

  const catching = async (order: Order, ctx: DurableContext) => {
    try {
      return await ctx.invoke('place', 'place', order);
    } catch (error) {
      if (!(error instanceof InvokeError)) throw error;
      return { name: error.name, message: error.message, keys: Object.keys(error.cause ?? {}) };
    }
  };

  it('keeps only the message of what the function throws', async () => {
    const place = async () => {
      throw new RateLimited('come back later');
    };
    const { result } = await run(catching, { place });
    expect(result).toEqual({ name: 'InvokeError', message: 'come back later', keys: [] });
  });

  it.each([
    {
      when: 'returns nothing',
      place: async () => undefined,
      message: '"place" returned nothing; it has to return an object',
    },
    {
      when: 'returns a function',
      place: async () => () => 1,
      message: '"place" returned nothing; it has to return an object',
    },
    { when: 'returns what JSON cannot say', place: async () => 1n, message: 'Do not know how to serialize a BigInt' },
    {
      when: 'returns too much',
      place: async () => 'x'.repeat(262_143),
      message: '"place" returned 262145 bytes; the limit is 262144',
    },
    { when: 'throws a text', place: async () => Promise.reject('nope'), message: 'nope' },
  ])('fails when the function $when', async ({ place, message }) => {
    expect((await run(catching, { place })).result).toMatchObject({ name: 'InvokeError', message });
  });

  it('fails when there is no such function', async () => {
    expect((await run(catching)).result).toMatchObject({ message: 'there is no function "place"' });
    const inherited = async (_: Order, ctx: DurableContext) => ctx.invoke('toString', 'toString', {});
    expect((await run(inherited)).error?.message).toBe('there is no function "toString"');
  });

  it('fails when the function takes too long', async () => {
    const engine = await openEngine({
      functions: { place: () => new Promise(() => {}) },
      workflows: { main: catching },
      functionTimeoutMs: 20,
    });
    await engine.start('main', 'o1', { id: 'o1' });
    expect((await engine.whenEnded('o1')).result).toMatchObject({ message: '"place" timed out after 0.02 seconds' });
    expect((await engine.history('o1'))[1]).toMatchObject({ status: 'TIMED_OUT' });
  });

  it('hands over JSON: a function cannot change what the workflow holds, dates arrive as text', async () => {
    const workflow = async (_: Order, ctx: DurableContext) => {
      const payload = { list: [1], at: new Date(0), gone: undefined };
      const seen = await ctx.invoke('change', 'change', payload);
      return { seen, list: payload.list };
    };
    const change = async (payload: unknown) => {
      (payload as { list: number[] }).list.push(2);
      return payload;
    };
    const { result } = await run(workflow, { change });
    expect(result).toEqual({ seen: { list: [1, 2], at: '1970-01-01T00:00:00.000Z' }, list: [1] });
  });

  it('is tried again by withRetry', async () => {
    let calls = 0;
    const place = async () => {
      calls += 1;
      if (calls < 2) throw new Error('busy');
      return { calls };
    };
    const workflow = async (order: Order, ctx: DurableContext) =>
      withRetry(ctx, 'place', async (inner, attempt) => inner.invoke(`place ${attempt}`, 'place', order), {
        retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 3, delay: { seconds: 1 } }),
        wrapWithRunInChildContext: false,
      });
    expect((await runAhead(workflow, { place })).result).toEqual({ calls: 2 });
  });

  it('calls another durable function and gets its result or its message', async () => {
    const child = async (order: Order, ctx: DurableContext) => {
      if (order.id === 'bad') throw new RangeError('the child broke');
      return ctx.step('work', async () => `child of ${order.id}`);
    };
    const workflow = async (order: Order, ctx: DurableContext) => {
      const good = await ctx.invoke('good', 'child', order);
      const bad = await ctx.invoke('bad', 'child', { id: 'bad' }).catch((error) => String(error));
      return { good, bad };
    };
    const engine = await openEngine({ workflows: { main: workflow, child } });
    await engine.start('main', 'o1', { id: 'o1' });
    expect((await engine.whenEnded('o1')).result).toEqual({ good: 'child of o1', bad: 'InvokeError: the child broke' });
    const children = (await engine.list()).filter(({ parent }) => parent === 'o1');
    expect(children.map(({ status }) => status).sort()).toEqual(['FAILED', 'SUCCEEDED']);
  });

  it('of a hundred and fifty at once finishes them all', async () => {
    const workflow = async (_: Order, ctx: DurableContext) => {
      const all = Array.from({ length: 150 }, (_unused, n) => ctx.invoke<unknown, number>(`n${n}`, 'echo', { n }));
      return (await ctx.promise.all('all', all)).length;
    };
    expect((await run(workflow, { echo: async (x: unknown) => x })).result).toBe(150);
  });
});

describe('a callback', () => {
  it('is answered once, with a JSON value', async () => {
    const engine = await openEngine({ workflows: { main: askOnce } });
    await engine.start('main', 'o1', { id: 'o1' });
    const id = await openCallback(engine, 'o1');
    expect(id).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    await engine.answer(id, { command: 'run-now', list: [1, null] });
    await expect(engine.answer(id, 'again')).rejects.toMatchObject({ name: 'CallbackClosed' });
    expect((await engine.whenEnded('o1')).result).toEqual({ answer: { command: 'run-now', list: [1, null] } });
    await expect(engine.answer(id, 'again')).rejects.toMatchObject({ name: 'CallbackClosed' });
    await expect(engine.answer('bm9ib2R5', 'x')).rejects.toMatchObject({ name: 'CallbackClosed' });
  });

  it('is given as text without a serdes', async () => {
    const raw = async (_: Order, ctx: DurableContext) => {
      const [answer] = await ctx.createCallback('window');
      return await answer;
    };
    const engine = await openEngine({ workflows: { main: raw } });
    await engine.start('main', 'o1', {});
    await engine.answer(await openCallback(engine, 'o1'), { a: 1 });
    expect((await engine.whenEnded('o1')).result).toBe('{"a":1}');
  });

  it('can be answered before the workflow waits for it', async () => {
    let engine: LocalEngine | undefined;
    const workflow = async (_: Order, ctx: DurableContext) => {
      const [answer, callbackId] = await ctx.createCallback('window', { serdes: defaultSerdes });
      await ctx.invoke('register', 'register', { callbackId });
      return await answer;
    };
    const register = async (payload: unknown) => {
      await engine?.answer((payload as { callbackId: string }).callbackId, 'early');
      return {};
    };
    engine = await openEngine({ functions: { register }, workflows: { main: workflow } });
    await engine.start('main', 'o1', {});
    expect((await engine.whenEnded('o1')).result).toBe('early');
  });

  it('may time out while the workflow is busy with something else', async () => {
    const workflow = async (_: Order, ctx: DurableContext) => {
      const [answer] = await ctx.createCallback('window', { timeout: { seconds: 1 }, serdes: defaultSerdes });
      await ctx.invoke('register', 'register', {});
      return answer.catch((error) => error instanceof CallbackTimeoutError);
    };
    const register = () => new Promise((resolve) => setTimeout(() => resolve({}), 3_000));
    expect((await runAhead(workflow, { register })).result).toBe(true);
  });

  it('times out as CallbackTimeoutError, under one id in all runs', async () => {
    const ids: string[] = [];
    const workflow = async (_: Order, ctx: DurableContext) => {
      const [answer, id] = await ctx.createCallback('window', { timeout: { seconds: 1 }, serdes: defaultSerdes });
      ids.push(id);
      return answer.then(
        () => 'answered',
        (error: unknown) => (error instanceof CallbackTimeoutError ? `${error.name}: ${error.message}` : 'other'),
      );
    };
    expect((await runAhead(workflow)).result).toBe('CallbackTimeoutError: Callback timed out');
    expect(new Set(ids).size).toBe(1);
  });

  it.each([
    { value: undefined, name: 'bad-request' },
    { value: 'x'.repeat(262_143), name: 'body-too-large' },
  ])('stays open when the answer is refused as $name', async ({ value, name }) => {
    const engine = await openEngine({ workflows: { main: askOnce } });
    await engine.start('main', 'o1', {});
    const id = await openCallback(engine, 'o1');
    await expect(engine.answer(id, value)).rejects.toMatchObject({ name, field: 'value' });
    await engine.answer(id, 'x');
    expect((await engine.whenEnded('o1')).result).toEqual({ answer: 'x' });
  });
});
