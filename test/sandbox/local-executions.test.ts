// The local engine in the words of the service keeps the rules of the port.

import { type DurableContext, defaultSerdes } from '@aws/durable-execution-sdk-js';
import { describe, expect, onTestFinished } from 'vitest';
import { LocalEngine } from '../../src/sandbox/engine/local-engine.ts';
import { LocalExecutions } from '../../src/sandbox/local-executions.ts';
import { executionsContract } from '../contracts/executions.ts';
import { testFolder } from '../support/storage.ts';

async function waitOnce(_input: unknown, ctx: DurableContext): Promise<{ readonly over: true }> {
  const [answer] = await ctx.createCallback<unknown>('window', { timeout: { days: 3 }, serdes: defaultSerdes });
  await answer;
  return { over: true };
}

describe('LocalExecutions', () => {
  executionsContract(async () => {
    const engine = await LocalEngine.open({
      folder: await testFolder(),
      functions: {},
      workflows: { 'wait-once': waitOnce },
    });
    onTestFinished(() => engine.close());
    const callbackOf = async (name: string) => {
      const noted = async () => (await engine.history(name)).find((operation) => operation.callbackId)?.callbackId;
      await expect.poll(noted).toBeDefined();
      return (await noted()) ?? '';
    };
    return {
      executions: new LocalExecutions(() => engine),
      workflow: 'wait-once',
      callbackOf,
      begun: async () => (await engine.list()).length,
      untilOver: async (name) => {
        await engine.whenEnded(name);
      },
    };
  });
});
