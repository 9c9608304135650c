// The code of one function as it is deployed: its file in lambdas/ and all it imports in one file, with what lies beside it.

import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { STAGE_FILE } from '../lambdas/settings.ts';
import { type FunctionName, functions, reachesServers } from './functions.ts';
import { withoutMappingsOf } from './source-map.ts';

/** Put on servers as they are; read from beside the bundle. */
const SERVER_SCRIPTS = ['activate.sh', 'exchange.sh'];

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * CommonJS: an ESM bundle asks `node:http` for all it exports and so loads its WebSocket client, 40 ms of every cold start, and ssh2 wants `__dirname`.
 * `keepNames`: names of errors are what the durable SDK keeps of them. ssh2 looks for what is external, which is compiled for one machine, and
 * does without.
 */
const options = {
  absWorkingDir: root,
  outdir: '/',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'],
  define: { 'import.meta.url': 'fileUrl' },
  banner: { js: "const fileUrl = require('node:url').pathToFileURL(__filename).href;" },
  alias: { 'acme-client': standIn('acme-client'), axios: standIn('axios') },
  external: ['cpu-features', '*.node'],
  minify: true,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  logLevel: 'error',
} as const satisfies BuildOptions;

export function handlerFile(name: FunctionName): string {
  return join(root, 'lambdas', `${name}.ts`);
}

/** `folder` is the function's own. */
export function writeBundle(name: FunctionName, stage: object, folder: string): Metafile {
  return write({ [name]: folder }, stage);
}

/** In a folder each, by name; making them together takes little longer than making one. */
export function writeBundles(names: readonly FunctionName[], stage: object, folder: string): Metafile {
  return write(Object.fromEntries(names.map((name) => [name, join(folder, name)])), stage);
}

function write(folders: Readonly<Partial<Record<FunctionName, string>>>, stage: object): Metafile {
  const wanted = Object.entries(folders) as [FunctionName, string][];
  for (const [name] of wanted)
    if (!existsSync(handlerFile(name)))
      throw new Error(`function "${name}" has no lambdas/${name}.ts yet: it cannot be deployed`);
  const { metafile } = buildSync({
    ...options,
    entryPoints: wanted.map(([name, folder]) => ({ in: handlerFile(name), out: join(folder, 'index') })),
  });
  for (const [name, folder] of wanted) {
    const map = join(folder, 'index.js.map');
    writeFileSync(map, withoutMappingsOf(/\/node_modules\//, readFileSync(map, 'utf8')));
    const scripts = reachesServers(functions[name]) ? SERVER_SCRIPTS : [];
    for (const script of scripts) copyFileSync(join(root, 'src/adapters/ssh', script), join(folder, script));
    writeFileSync(join(folder, STAGE_FILE), JSON.stringify(stage));
  }
  return metafile;
}

function standIn(name: string): string {
  return join(root, 'cdk/stand-ins', `${name}.cjs`);
}
