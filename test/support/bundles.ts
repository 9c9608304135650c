// The bundles of functions as they are deployed, made once a process and called the way Lambda calls them: each in a Node process of its own.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { writeBundles } from '../../cdk/bundle.ts';
import { type FunctionName, functions } from '../../cdk/functions.ts';

export interface Bundles {
  readonly folderOf: (name: FunctionName) => string;
  /** npm packages of which something is in the bundle, sorted. */
  readonly packagesOf: (name: FunctionName) => readonly string[];
  /** Of the archive that is deployed, with everything beside the code. */
  readonly zippedBytes: (name: FunctionName) => number;
}

export const functionNames = Object.keys(functions) as readonly FunctionName[];

/** `stage`: what becomes of `stage.json`. The folder goes with the process. */
export function makeBundles(stage: object, names = functionNames): Bundles {
  const folder = mkdtempSync(join(tmpdir(), 'ucx-certs-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { outputs } = writeBundles(names, stage, folder);
  const weighed = new Map<FunctionName, number>();
  const folderOf = (name: FunctionName) => join(folder, name);
  return {
    folderOf,
    packagesOf: (name) => packagesIn(outputs, `${name}/index.js`),
    zippedBytes: (name) => {
      const known = weighed.get(name) ?? zippedBytes(folderOf(name));
      weighed.set(name, known);
      return known;
    },
  };
}

function packagesIn(outputs: Metafile['outputs'], end: string): readonly string[] {
  const output = Object.entries(outputs).find(([path]) => path.endsWith(`/${end}`))?.[1];
  if (output === undefined) throw new Error(`there is no bundle ${end}`);
  const held = Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    return name === undefined || bytesInOutput === 0 ? [] : [name];
  });
  return [...new Set(held)].sort();
}

/** Headers of a file in a ZIP archive: 30 bytes before it, 46 at the end, its name in both; 22 for the archive. */
function zippedBytes(folder: string): number {
  const files = readdirSync(folder).map(
    (name) => deflateRawSync(readFileSync(join(folder, name))).length + 76 + 2 * name.length,
  );
  return files.reduce((sum, bytes) => sum + bytes, 22);
}

export interface BundleProcess {
  /** What the function answers; what it throws is an error of the same name and message, as a caller of Lambda sees it. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Everything it has written. */
  readonly log: () => string;
  readonly close: () => Promise<void>;
}

export interface BundleProcessOptions {
  /** Nothing of this process's own environment is in it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Loaded before the bundle. */
  readonly preload?: string;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

const runner = fileURLToPath(new URL('bundle-runner.ts', import.meta.url));

/** Resolves when the bundle is loaded; fails with what it wrote when it cannot be. */
export async function openBundle(folder: string, options: BundleProcessOptions = {}): Promise<BundleProcess> {
  const { environment = {}, preload } = options;
  const child = fork(runner, [folder], {
    env: { PATH: process.env.PATH, ...environment },
    execArgv: ['--enable-source-maps', ...(preload === undefined ? [] : ['--import', preload])],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let written = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      written += chunk;
    });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  child.on('message', ({ id, result, error }: Answer) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(Object.assign(new Error(error.message), { name: error.name }));
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the bundle ended with ${code}: ${written}`));
  });
  await loaded(child, () => written);
  return {
    invoke: (event) => {
      calls += 1;
      const call = Promise.withResolvers<unknown>();
      waiting.set(calls, call);
      child.send({ id: calls, event });
      return call.promise;
    },
    log: () => written,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function loaded(child: ChildProcess, written: () => string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('message', () => resolve());
  child.once('exit', (code) => reject(new Error(`the bundle ended with ${code} while it was loaded: ${written()}`)));
  await promise;
}
