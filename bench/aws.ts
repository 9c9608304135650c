// `npm run bench -- aws`: what each function weighs and holds, and how long its whole process takes to load beside a bare node.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { FunctionName } from '../cdk/functions.ts';
import { readStage } from '../cdk/stage-settings.ts';
import { functionNames, makeBundles } from '../test/support/bundles.ts';
import { interleaved } from './issue-measure.ts';

/** A cold start of Lambda loads the bundle once; steps wait for others, people wait for the API. */
const bars = { zippedBytes: 1_000_000, timesBareNode: 3, apiTimesBareNode: 4 } as const;
const PAIRS = 30;

/** Nothing is called: importing a function reads no setting. */
export async function run(): Promise<boolean> {
  const bundles = makeBundles(readStage('example'));
  const held: boolean[] = [];
  for (const name of functionNames) {
    const file = join(bundles.folderOf(name), 'index.js');
    const { ours, peer, ratio } = await interleaved(
      PAIRS,
      async () => load([file]),
      async () => load(['-e', '0']),
    );
    const bar = barOf(name);
    const zippedBytes = bundles.zippedBytes(name);
    const packages = bundles.packagesOf(name).length;
    const holds = ratio <= bar && zippedBytes <= bars.zippedBytes;
    const line = { bench: 'aws', case: name, zippedBytes, packages, ours, peer, ratio, bar, held: holds };
    process.stdout.write(`${JSON.stringify(line, (_, value) => rounded(value))}\n`);
    held.push(holds);
  }
  return held.every(Boolean);
}

function barOf(name: FunctionName): number {
  return name === 'api' ? bars.apiTimesBareNode : bars.timesBareNode;
}

function load(args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
}

function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 100) / 100 : value;
}
