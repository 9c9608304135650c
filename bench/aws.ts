// `npm run bench -- aws`: the bundle of each function: how large it is zipped, what is in it, and how long a process takes to load it beside a bare one.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { writeBundle } from '../cdk/bundle.ts';
import { type FunctionName, functions } from '../cdk/functions.ts';
import { parseStage } from '../cdk/stage-settings.ts';
import { interleaved } from './issue-measure.ts';

const bars = { zippedKb: 1024, steps: 3, api: 4 } as const;
const PAIRS = 30;

export async function run(): Promise<boolean> {
  const example = JSON.parse(readFileSync(new URL('../cdk/stages/example.json', import.meta.url), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'bench-aws-'));
  let held = true;
  try {
    for (const name of Object.keys(functions) as FunctionName[]) {
      mkdirSync(join(folder, name));
      writeBundle(name, parseStage('example', example), join(folder, name));
      const line = await measure(name, join(folder, name));
      process.stdout.write(`${JSON.stringify({ bench: 'aws', ...line })}\n`);
      held &&= line.held;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return held;
}

async function measure(name: FunctionName, folder: string) {
  const bundle = join(folder, 'index.mjs');
  const zippedKb = Math.round(deflateRawSync(readFileSync(bundle)).length / 1024);
  const node = async (code: string) => void execFileSync(process.execPath, ['--input-type=module', '-e', code]);
  const { ours, peer, ratio } = await interleaved(
    PAIRS,
    () => node(`await import(${JSON.stringify(bundle)})`),
    () => node('0'),
  );
  const bar = name === 'api' ? bars.api : bars.steps;
  const held = zippedKb <= bars.zippedKb && ratio <= bar;
  const rounded = { oursMs: Math.round(ours), bareMs: Math.round(peer), ratio: Math.round(ratio * 100) / 100 };
  return { function: name, zippedKb, packages: packagesIn(bundle), ...rounded, bar, held };
}

/** From the sources its map names. */
function packagesIn(bundle: string): readonly string[] {
  const { sources } = JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as { readonly sources: readonly string[] };
  const names = sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
  return [...new Set(names)].filter((name) => !/^@(?:aws-sdk|smithy|aws-crypto|aws)\//.test(name)).sort();
}
