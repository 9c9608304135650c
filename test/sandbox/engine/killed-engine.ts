// A program to be killed: twenty executions over an engine in the folder it is given, each effect a line in effects.log.

import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type DurableContext, defaultSerdes } from '@aws/durable-execution-sdk-js';
import type { EngineEvent } from '../../../src/sandbox/engine/durable-service.ts';
import { LocalEngine } from '../../../src/sandbox/engine/local-engine.ts';

interface Payload {
  readonly order: string;
  readonly step: string;
}

const folder = process.argv[2] ?? '';
const orders = Array.from({ length: 20 }, (_, n) => `order-${n}`);

/** Takes a moment before and after the effect, so that a kill can hit on either side of it. */
async function effect({ order, step }: Payload): Promise<{ readonly effect: string }> {
  await pause(Math.random() * 15);
  const line = { order, step, effect: randomUUID() };
  appendFileSync(join(folder, 'effects.log'), `${JSON.stringify(line)}\n`);
  await pause(Math.random() * 15);
  return { effect: line.effect };
}

async function fulfil({ order }: Payload, ctx: DurableContext): Promise<string> {
  await ctx.invoke('place', 'effect', { order, step: 'place' });
  await ctx.step('local', async () => effect({ order, step: 'local' }));
  await ctx.invoke('finalize', 'effect', { order, step: 'finalize' });
  const [answer] = await ctx.createCallback<string>('window', { timeout: { seconds: 1 }, serdes: defaultSerdes });
  const opened = await answer.catch((error) => (error instanceof Error ? error.name : 'no error'));
  await ctx.wait('settle', { seconds: 1 });
  await ctx.invoke('activate', 'effect', { order, step: 'activate' });
  await ctx.invoke('report', 'report', { order });
  return opened;
}

async function report({ order }: Payload, ctx: DurableContext): Promise<string> {
  await ctx.invoke('mail', 'effect', { order, step: 'mail' });
  return ctx.runInChildContext('close', async (inner) => {
    await inner.step('note', async () => effect({ order, step: 'note' }));
    return 'reported';
  });
}

/** Every second order is answered, the others see their callback time out. */
async function answer(engine: LocalEngine, execution: string, callbackId: string): Promise<void> {
  if (orders.indexOf(execution) % 2 === 0) return;
  await pause(10);
  await engine.answer(callbackId, 'answered').catch((error) => {
    if (!(error instanceof Error) || error.name !== 'CallbackClosed') throw error;
  });
}

async function main(): Promise<void> {
  let engine: LocalEngine | undefined;
  const onEvent = (event: EngineEvent): void => {
    if (event.kind === 'execution' || event.operation.type !== 'CALLBACK' || !engine) return;
    const { callbackId, status } = event.operation;
    if (callbackId && status === 'STARTED') void answer(engine, event.execution, callbackId);
  };
  const functions = { effect: async (payload: unknown) => effect(payload as Payload) };
  engine = await LocalEngine.open({ folder, functions, workflows: { fulfil, report }, onEvent });
  console.log('open');
  for (const order of orders) {
    await engine.start('fulfil', order, { order });
    for (const { callbackId, status } of await engine.history(order)) {
      if (callbackId && status === 'STARTED') void answer(engine, order, callbackId);
    }
  }
  const ended: string[] = [];
  for (const order of orders) ended.push(String((await engine.whenEnded(order)).result));
  await engine.close();
  console.log(JSON.stringify(ended));
}

await main();
