// The engine as a program uses it: start, find, list, history, stop.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../src/sandbox/engine/durable-service.ts';
import { askOnce, type Order, openCallback, openEngine, run, temporaryFolder, until } from './engine-under-test.ts';

describe('an execution', () => {
  it('invokes functions by name and returns what the workflow returns', async () => {
    const seen: unknown[] = [];
    const workflow = async (order: Order, ctx: DurableContext) => {
      const first = await ctx.invoke<Order, { n: number }>('double it', 'double', order);
      const second = await ctx.step('add one', async () => first.n + 1);
      return { second };
    };
    const double = async (payload: unknown) => {
      seen.push(payload);
      return { n: 2 };
    };
    expect(await run(workflow, { double })).toMatchObject({ name: 'o1', status: 'SUCCEEDED', result: { second: 3 } });
    expect(seen).toEqual([{ id: 'o1' }]);
  });

  it('runs beside many others in one process', async () => {
    const workflow = async (order: Order, ctx: DurableContext) => {
      for (let n = 0; n < 3; n += 1) await ctx.invoke(`echo ${n}`, 'echo', order);
      return order.id;
    };
    const engine = await openEngine({ functions: { echo: async (x) => x }, workflows: { main: workflow } });
    const names = Array.from({ length: 40 }, (_, n) => `o${n}`);
    await Promise.all(names.map((name) => engine.start('main', name, { id: name })));
    const ended = await Promise.all(names.map((name) => engine.whenEnded(name)));
    expect(ended.map(({ result }) => result)).toEqual(names);
    expect(await engine.list()).toHaveLength(40);
  });

  it('is started once under one name with one payload', async () => {
    let runs = 0;
    const workflow = async (_: Order, ctx: DurableContext) => ctx.step('count', async () => (runs += 1));
    const engine = await openEngine({ workflows: { main: workflow, other: workflow } });
    const first = await engine.start('main', 'o1', { id: 'o1' });
    expect(await engine.start('main', 'o1', { id: 'o1' })).toEqual(first);
    await engine.whenEnded('o1');
    expect(await engine.start('main', 'o1', { id: 'o1' })).toEqual(first);
    await expect(engine.start('main', 'o1', { id: 'o2' })).rejects.toMatchObject({ name: 'idempotency-conflict' });
    await expect(engine.start('other', 'o1', { id: 'o1' })).rejects.toMatchObject({ name: 'idempotency-conflict' });
    expect(runs).toBe(1);
  });

  it.each(['', 'a b', 'ä', '../x', 'x'.repeat(65), 'a.b'])('is not started under the name "%s"', async (name) => {
    const engine = await openEngine({ workflows: { main: askOnce } });
    await expect(engine.start('main', name, {})).rejects.toMatchObject({ name: 'bad-request', field: 'name' });
    expect(await engine.list()).toEqual([]);
  });

  it('keeps names apart that differ only in case', async () => {
    const folder = temporaryFolder();
    const engine = await openEngine({ folder, workflows: { main: async (order: Order) => order.id } });
    await engine.start('main', 'o-A', { id: 'upper' });
    await engine.start('main', 'o-a', { id: 'lower' });
    expect((await engine.whenEnded('o-A')).result).toBe('upper');
    expect((await engine.whenEnded('o-a')).result).toBe('lower');
    const files = readdirSync(join(folder, 'executions')).map((file) => file.toLowerCase());
    expect(new Set(files).size).toBe(2);
  });

  it('fails with the name and message of what the workflow throws', async () => {
    const summary = await run(async () => {
      throw new TypeError('it broke');
    });
    expect(summary).toMatchObject({ status: 'FAILED', error: { type: 'TypeError', message: 'it broke' } });
    expect(summary.endedAt).toBeInstanceOf(Date);
  });

  it('fails when its code changed under it', async () => {
    const folder = temporaryFolder();
    const before = await openEngine({ folder, workflows: { main: askOnce } });
    await before.start('main', 'o1', { id: 'o1' });
    await openCallback(before, 'o1');
    await before.close();

    const renamed = async (_: Order, ctx: DurableContext) => ctx.createCallback('another name');
    const after = await openEngine({ folder, workflows: { main: renamed } });
    expect(await after.whenEnded('o1')).toMatchObject({
      status: 'FAILED',
      error: { type: 'NonDeterministicExecutionError' },
    });
  });

  it('is shown by its history with names, kinds, states, inputs and results', async () => {
    const workflow = async (order: Order, ctx: DurableContext) => {
      await ctx.invoke('order it', 'place', order);
      await ctx.runInChildContext('notices', async (child) => child.step('write', async () => 'written'));
      return 'done';
    };
    const engine = await openEngine({
      functions: { place: async () => ({ url: 'u' }) },
      workflows: { main: workflow },
    });
    await engine.start('main', 'o1', { id: 'o1' });
    await engine.whenEnded('o1');
    const history = await engine.history('o1');
    expect(history.map(({ type, name, status, input, result }) => ({ type, name, status, input, result }))).toEqual([
      { type: 'EXECUTION', name: 'o1', status: 'SUCCEEDED', input: '{"id":"o1"}', result: '"done"' },
      { type: 'CHAINED_INVOKE', name: 'order it', status: 'SUCCEEDED', input: '{"id":"o1"}', result: '{"url":"u"}' },
      { type: 'CONTEXT', name: 'notices', status: 'SUCCEEDED', input: undefined, result: '"written"' },
      { type: 'STEP', name: 'write', status: 'SUCCEEDED', input: undefined, result: '"written"' },
    ]);
  });

  it('tells every change after it was kept', async () => {
    const events: EngineEvent[] = [];
    const engine = await openEngine({
      functions: { place: async () => ({}) },
      workflows: { main: async (order: Order, ctx: DurableContext) => ctx.invoke('order it', 'place', order) },
      onEvent: (event) => {
        events.push(event);
        throw new Error('the view broke');
      },
    });
    await engine.start('main', 'o1', { id: 'o1' });
    await engine.whenEnded('o1');
    const told = events.map((event) =>
      event.kind === 'operation' ? `${event.operation.name} ${event.operation.status}` : event.execution.status,
    );
    expect(told).toEqual(['RUNNING', 'order it STARTED', 'order it SUCCEEDED', 'SUCCEEDED']);
  });

  it('is not found under a name nobody started', async () => {
    const engine = await openEngine({});
    expect(await engine.find('o1')).toBeUndefined();
    await expect(engine.history('o1')).rejects.toMatchObject({ name: 'not-found' });
    await expect(engine.stop('o1')).rejects.toMatchObject({ name: 'not-found' });
    await expect(engine.whenEnded('o1')).rejects.toMatchObject({ name: 'not-found' });
  });
});

describe('stopping', () => {
  it('ends the execution and what it invoked, closes its callbacks and stops its code', async () => {
    const reached: string[] = [];
    const parent = async (order: Order, ctx: DurableContext) => {
      try {
        return await ctx.invoke('ask', 'ask', order);
      } finally {
        reached.push('finally');
      }
    };
    const engine = await openEngine({ workflows: { main: parent, ask: askOnce } });
    await engine.start('main', 'o1', { id: 'o1' });
    await until(async () => (await engine.list()).length === 2);
    const child = (await engine.list()).find(({ parent: of }) => of === 'o1')?.name ?? '';
    const id = await openCallback(engine, child);
    await engine.stop('o1');
    await engine.stop('o1');
    expect(await engine.whenEnded('o1')).toMatchObject({ status: 'STOPPED' });
    expect(await engine.find(child)).toMatchObject({ status: 'STOPPED' });
    expect((await engine.history('o1')).map(({ status }) => status)).toEqual(['STOPPED', 'STARTED']);
    await expect(engine.answer(id, 'x')).rejects.toMatchObject({ name: 'CallbackClosed' });
    expect(reached).toEqual([]);
  });

  it('leaves what is under way without effect on its history', async () => {
    const reached: string[] = [];
    const late = Promise.withResolvers<unknown>();
    const main = async (order: Order, ctx: DurableContext) => {
      const called = ctx.invoke('call', 'call', order);
      await ctx.step('local', async () => late.promise);
      reached.push('after');
      await called;
    };
    const engine = await openEngine({ functions: { call: async () => late.promise }, workflows: { main } });
    await engine.start('main', 'o1', {});
    await until(async () => (await engine.history('o1')).length === 3);
    await engine.stop('o1');
    const history = await engine.history('o1');
    late.resolve({});
    await run(async (_: Order, ctx: DurableContext) => ctx.invoke('call', 'call', {}), { call: async () => 'another' });
    expect(await engine.history('o1')).toEqual(history);
    expect(history.map(({ status }) => status)).toEqual(['STOPPED', 'STARTED', 'STARTED']);
    expect(reached).toEqual([]);
  });

  it('of an invoked execution is an error for the one that invoked it', async () => {
    const parent = async (order: Order, ctx: DurableContext) =>
      ctx.invoke('ask', 'ask', order).catch((error) => String(error));
    const engine = await openEngine({ workflows: { main: parent, ask: askOnce } });
    await engine.start('main', 'o1', { id: 'o1' });
    await until(async () => (await engine.list()).length === 2);
    const child = (await engine.list()).find(({ parent: of }) => of === 'o1')?.name ?? '';
    await engine.stop(child);
    expect((await engine.whenEnded('o1')).result).toBe('InvokeError: Invoke failed');
  });
});
