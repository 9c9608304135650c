// How a workflow runs as a durable function: the steps it calls by name are functions of ours behind their alias.

import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { liveFunction } from './settings.ts';

/** `invoke` of a step's plain name calls `<prefix>-<name>:live`; everything else is the context's own. */
export function withLiveSteps(ctx: DurableContext, prefix: string): DurableContext {
  return new Proxy(ctx, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      if (property !== 'invoke') return value.bind(target);
      return (label: string, name: string, input: unknown) => target.invoke(label, liveFunction(prefix, name), input);
    },
  });
}
