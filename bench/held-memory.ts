// What a process holds on to, garbage left out.

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After a collection of garbage. */
export async function heldMb(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  await setImmediate();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}
