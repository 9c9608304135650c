// What Lambda would refuse is refused here too.

import { type DurableContext, type Duration, InvokeError } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from 'vitest';
import type { ServiceLimits } from '../../../src/sandbox/engine/service-limits.ts';
import { openEngine } from './engine-under-test.ts';

const KB = 1024;

type Workflow = (payload: unknown, ctx: DurableContext) => Promise<unknown>;

async function run(main: Workflow, limits: Partial<ServiceLimits> = {}) {
  const engine = await openEngine({ functions: { echo: async (x) => x }, workflows: { main }, limits });
  await engine.start('main', 'o1', {});
  return engine.whenEnded('o1');
}

/** JSON text of exactly so many bytes. */
function text(bytes: number): string {
  return 'x'.repeat(bytes - 2);
}

describe('the limits of the service', () => {
  it('allow 3,000 operations and not one more', async () => {
    const steps =
      (count: number): Workflow =>
      async (_payload, ctx) => {
        const all = Array.from({ length: count }, (_, n) => ctx.step(`s${n}`, async () => n));
        return (await Promise.all(all)).length;
      };
    // The execution itself is one of them.
    expect(await run(steps(2_999))).toMatchObject({ status: 'SUCCEEDED', result: 2_999 });
    expect(await run(steps(3_000))).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('an execution may have 3000 operations') },
    });
  });

  it('allow 256 KB to a payload and not one byte more', async () => {
    const engine = await openEngine({ workflows: { main: async () => 'ok' } });
    await engine.start('main', 'fits', text(256 * KB));
    await expect(engine.start('main', 'not', text(256 * KB + 1))).rejects.toMatchObject({ name: 'body-too-large' });
    expect(await engine.find('not')).toBeUndefined();
  });

  it.each([
    {
      of: 'a step',
      main:
        (bytes: number): Workflow =>
        async (_, ctx) =>
          void (await ctx.step('s', async () => text(bytes))),
    },
    {
      of: 'an invoke',
      main:
        (bytes: number): Workflow =>
        async (_, ctx) =>
          void (await ctx.invoke('i', 'echo', { t: text(bytes - 6) })),
    },
    {
      of: 'the workflow',
      main:
        (bytes: number): Workflow =>
        async () =>
          text(bytes),
    },
  ])('allow 256 KB to what comes from $of and not one byte more', async ({ main }) => {
    expect(await run(main(256 * KB))).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run(main(256 * KB + 1))).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringMatching(/262145 bytes; the limit is 262144/) },
    });
  });

  it('count bytes, not characters', async () => {
    expect(await run(async (_, ctx) => ctx.step('s', async () => 'ü'.repeat(100 * KB)))).toMatchObject({
      status: 'SUCCEEDED',
    });
    expect(await run(async (_, ctx) => ctx.step('s', async () => 'ü'.repeat(200 * KB)))).toMatchObject({
      status: 'FAILED',
    });
  });

  it('allow so many bytes to a whole execution', async () => {
    const fill: Workflow = async (_, ctx) => {
      for (let n = 0; n < 10; n += 1) await ctx.step(`s${n}`, async () => text(KB));
      return 'full';
    };
    expect(await run(fill, { executionBytes: 11 * KB })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await run(fill, { executionBytes: 9 * KB })).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('an execution may hold 9216 bytes') },
    });
    const invoke: Workflow = async (_, ctx) => {
      try {
        return await ctx.invoke('echo', 'echo', { t: text(KB) });
      } catch (error) {
        return error instanceof InvokeError && error.message;
      }
    };
    expect((await run(invoke, { executionBytes: 2 * KB })).result).toBe('an execution may hold 2048 bytes');
  });

  it.each<{
    of: string;
    length: Duration;
    ask: (ctx: DurableContext, length: Duration) => Promise<unknown>;
    says: RegExp;
  }>([
    {
      of: 'a wait',
      length: { seconds: 0 },
      ask: async (ctx, length) => ctx.wait('w', length),
      says: /wait of WAIT "w" is 0 s/,
    },
    {
      of: 'a wait',
      length: { seconds: 1.5 },
      ask: async (ctx, length) => ctx.wait('w', length),
      says: /wait of WAIT "w" is 1.5 s/,
    },
    {
      of: 'a wait',
      length: { days: 367 },
      ask: async (ctx, length) => ctx.wait('w', length),
      says: /from 1 to 31622400/,
    },
    {
      of: 'a callback',
      length: { seconds: 0.5 },
      ask: async (ctx, timeout) => ctx.createCallback('c', { timeout }),
      says: /timeout of CALLBACK "c" is 0.5 s/,
    },
    {
      of: 'a heartbeat',
      length: { seconds: 5 },
      ask: async (ctx, heartbeatTimeout) => ctx.createCallback('c', { heartbeatTimeout }),
      says: /has a heartbeat timeout/,
    },
  ])('refuse $length for $of', async ({ length, ask, says }) => {
    const summary = await run(async (_, ctx) => ask(ctx, length));
    expect(summary).toMatchObject({ status: 'FAILED', error: { message: expect.stringMatching(says) } });
  });

  it('refuse a name that is not ASCII', async () => {
    expect(await run(async (_, ctx) => ctx.step('für', async () => 1))).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('printable ASCII') },
    });
  });
});
