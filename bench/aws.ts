// `npm run bench -- aws`: the bundle of each function: how large it is zipped, what is in it, and how long a process takes to load it beside a bare one.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { FunctionName } from '../cdk/functions.ts';
import { readStage } from '../cdk/stage-settings.ts';
import { type Bundles, functionNames, makeBundles } from '../test/support/bundles.ts';
import { interleaved } from './issue-measure.ts';

const bars = { zippedKb: 1_000, steps: 3, api: 4 } as const;
const PAIRS = 30;

export async function run(): Promise<boolean> {
  const bundles = makeBundles(readStage('example'));
  let held = true;
  for (const name of functionNames) {
    const line = await measure(name, bundles);
    process.stdout.write(`${JSON.stringify({ bench: 'aws', ...line })}\n`);
    held &&= line.held;
  }
  return held;
}

async function measure(name: FunctionName, bundles: Bundles) {
  const zippedKb = Math.round(bundles.zippedBytes(name) / 1_000);
  const bundle = JSON.stringify(join(bundles.folderOf(name), 'index.js'));
  const node = async (code: string) => void execFileSync(process.execPath, ['-e', code]);
  const { ours, peer, ratio } = await interleaved(
    PAIRS,
    () => node(`require(${bundle})`),
    () => node('0'),
  );
  const bar = name === 'api' ? bars.api : bars.steps;
  const held = zippedKb <= bars.zippedKb && ratio <= bar;
  const rounded = { oursMs: Math.round(ours), bareMs: Math.round(peer), ratio: Math.round(ratio * 100) / 100 };
  return { function: name, zippedKb, packages: bundles.packagesOf(name).length, ...rounded, bar, held };
}
