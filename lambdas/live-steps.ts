// A workflow's own names of its steps, turned into those their functions are called by.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { liveFunction, setting } from './settings.ts';

/** The names of operations stay as they are: what a run has noted is found again whatever the stage is called. */
export function withLiveSteps(ctx: DurableContext): DurableContext {
  const prefix = setting('prefix');
  const invoke = (label: string, step: string, ...others: readonly unknown[]) =>
    Reflect.apply(ctx.invoke, ctx, [label, liveFunction(prefix, step), ...others]);
  return new Proxy(ctx, {
    get: (_, property) => {
      if (property === 'invoke') return invoke;
      const value: unknown = Reflect.get(ctx, property, ctx);
      return typeof value === 'function' ? value.bind(ctx) : value;
    },
  });
}
