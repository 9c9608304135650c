// The code of a function: its file in lambdas/ as one ESM bundle, with the stage's settings beside it.

import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { STAGE_FILE } from '../lambdas/settings.ts';
import { type FunctionName, functions, reachesServers } from './functions.ts';
import type { StageSettings } from './stage-settings.ts';

/** Put on servers as they are; read from beside the bundle. */
const SERVER_SCRIPTS = ['activate.sh', 'exchange.sh'];

const root = fileURLToPath(new URL('..', import.meta.url));

export function handlerFile(name: FunctionName): string {
  return join(root, 'lambdas', `${name}.ts`);
}

/** Bundled when the stack is to be deployed; with `aws:cdk:bundling-stacks` empty, the folder stands in. */
export function functionCode(name: FunctionName, stage: StageSettings): Code {
  return Code.fromAsset(join(root, 'lambdas'), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle: (folder) => {
          writeBundle(name, stage, folder);
          return true;
        },
      },
    },
  });
}

/**
 * `mainFields`: an ESM bundle of the AWS SDK's CommonJS build dies at its first call (`Dynamic require of "node:https"`). `keepNames`: names of
 * errors are what the durable SDK keeps of them.
 */
export function writeBundle(name: FunctionName, stage: StageSettings, folder: string): void {
  const entry = handlerFile(name);
  if (!existsSync(entry)) throw new Error(`function "${name}" has no lambdas/${name}.ts yet: it cannot be deployed`);
  buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'error',
  });
  if (reachesServers(functions[name]))
    for (const script of SERVER_SCRIPTS) copyFileSync(join(root, 'src/adapters/ssh', script), join(folder, script));
  writeFileSync(join(folder, STAGE_FILE), JSON.stringify(stage));
}
