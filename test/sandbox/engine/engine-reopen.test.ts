// What is left when the process ends, and how the next one goes on with it.

import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';
import { LocalEngine } from '../../../src/sandbox/engine/local-engine.ts';
import { askOnce, type Order, openCallback, openEngine, run, temporaryFolder, until } from './engine-under-test.ts';

describe('closing and opening', () => {
  it('goes on with what waits and knows what is over', async () => {
    const folder = temporaryFolder();
    const workflows = { main: askOnce, quick: async () => 'quick' };
    const before = await openEngine({ folder, workflows });
    await before.start('main', 'waiting', { id: 'o1' });
    await before.start('quick', 'over', {});
    const id = await openCallback(before, 'waiting');
    const over = await before.whenEnded('over');
    await before.close();

    const after = await openEngine({ folder, workflows });
    expect(await after.find('over')).toEqual(over);
    await after.answer(id, 'still there');
    expect((await after.whenEnded('waiting')).result).toEqual({ answer: 'still there' });
  });

  it('stops those that a stopped execution invoked, when the process was killed in between', async () => {
    const folder = temporaryFolder();
    const workflows = { main: async (_: Order, ctx: DurableContext) => ctx.invoke('ask', 'ask', {}), ask: askOnce };
    const before = await openEngine({ folder, workflows });
    await before.start('main', 'o1', { id: 'o1' });
    await until(async () => (await before.list()).length === 2);
    await before.close();
    const file = readdirSync(join(folder, 'executions')).find((name) => name.startsWith('o1.')) ?? '';
    const end = { kind: 'ended', status: 'STOPPED', at: new Date().toISOString() };
    appendFileSync(join(folder, 'executions', file), `${JSON.stringify(end)}\n`);

    const after = await openEngine({ folder, workflows });
    expect((await after.list()).map(({ status }) => status)).toEqual(['STOPPED', 'STOPPED']);
  });

  it('does not open over a file that is damaged or not its own', async () => {
    const folder = temporaryFolder();
    const engine = await openEngine({ folder, workflows: { main: askOnce } });
    await engine.start('main', 'o1', { id: 'o1' });
    await engine.close();
    const file = join(folder, 'executions', readdirSync(join(folder, 'executions'))[0] ?? '');
    const whole = readFileSync(file, 'utf8');
    for (const damage of [
      `x${whole}`,
      whole + whole,
      '{"kind":"noted","operations":[]}\n',
      whole.replace('o1', 'o2'),
    ]) {
      writeFileSync(file, damage);
      await expect(openEngine({ folder, workflows: { main: askOnce } })).rejects.toMatchObject({
        name: 'state-damaged',
      });
    }
    writeFileSync(file, whole.slice(0, -1));
    expect(await (await openEngine({ folder, workflows: { main: askOnce } })).list()).toEqual([]);
  });

  it('runs an invoke again that was running, and no other', async () => {
    const folder = temporaryFolder();
    const calls: string[] = [];
    let hang = true;
    const functions = {
      first: async () => ({ n: calls.push('first') }),
      second: async () => {
        calls.push('second');
        return hang ? new Promise(() => {}) : {};
      },
    };
    const main = async (order: Order, ctx: DurableContext) => {
      await ctx.invoke('first', 'first', order);
      await ctx.invoke('second', 'second', order);
    };
    const before = await openEngine({ folder, functions, workflows: { main } });
    await before.start('main', 'o1', { id: 'o1' });
    await until(() => calls.includes('second'));
    await before.close();

    hang = false;
    const after = await openEngine({ folder, functions, workflows: { main } });
    expect((await after.whenEnded('o1')).status).toBe('SUCCEEDED');
    expect(calls).toEqual(['first', 'second', 'second']);
  });

  it('lets nothing more be written, whatever is still under way', async () => {
    const folder = temporaryFolder();
    const late = Promise.withResolvers<unknown>();
    const main = async (order: Order, ctx: DurableContext) => {
      await Promise.all([ctx.step('local', async () => late.promise), ctx.invoke('call', 'call', order)]);
    };
    const engine = await openEngine({ folder, functions: { call: async () => late.promise }, workflows: { main } });
    await engine.start('main', 'o1', {});
    const waiting = expect(engine.whenEnded('o1')).rejects.toThrow('the engine was closed');
    await until(async () => (await engine.history('o1')).length === 3);
    const size = () => statSync(join(folder, 'executions', readdirSync(join(folder, 'executions'))[0] ?? '')).size;
    const before = size();
    await engine.close();
    await engine.close();
    await waiting;
    late.resolve({});
    await run(async (_: Order, ctx: DurableContext) => ctx.invoke('call', 'call', {}), {
      call: async () => 'another engine works',
    });
    expect(size()).toBe(before);
    await expect(engine.start('main', 'o2', {})).rejects.toThrow('the engine is closed');
    await expect(engine.answer('x', 1)).rejects.toThrow('the engine is closed');
    await expect(engine.stop('o1')).rejects.toThrow('the engine is closed');
  });

  it('is refused while another engine lives on the folder, and while a waiting workflow is missing', async () => {
    const folder = temporaryFolder();
    const first = await openEngine({ folder, workflows: { main: askOnce } });
    await first.start('main', 'o1', {});
    await expect(LocalEngine.open({ folder, functions: {}, workflows: {} })).rejects.toMatchObject({
      name: 'state-in-use',
    });
    await first.close();
    await expect(LocalEngine.open({ folder, functions: {}, workflows: {} })).rejects.toThrow(
      'needs the workflow "main"',
    );
    await openEngine({ folder, workflows: { main: askOnce } });
  });

  it('keeps everything to its owner', async () => {
    const folder = temporaryFolder();
    const engine = await openEngine({ folder, workflows: { main: askOnce } });
    await engine.start('main', 'o1', { id: 'o1' });
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name).sort()).toEqual(['engine.lock', expect.stringMatching(/^o1\..*\.jsonl$/)]);
    for (const { parentPath, name } of files) expect(statSync(join(parentPath, name)).mode & 0o777).toBe(0o600);
  });
});
