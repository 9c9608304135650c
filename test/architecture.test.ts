// Who may import whom, read from the source: the arrows of docs/architecture.md, and a few habits that hold everywhere.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** For each folder, longest first: folders of ours it may import, and packages (`*` = any). */
const arrows: Readonly<Record<string, { readonly ours: readonly string[]; readonly packages: readonly string[] }>> = {
  'src/domain': {
    ours: ['src/domain'],
    packages: ['node:crypto', 'node:net', 'node:url', 'temporal-polyfill', 'ipaddr.js'],
  },
  'src/ports': { ours: ['src/domain', 'src/ports'], packages: ['node:stream', 'node:crypto'] },
  'src/steps': { ours: ['src/domain', 'src/ports', 'src/steps'], packages: ['node:crypto', 'node:net'] },
  'src/workflows': {
    ours: ['src/domain', 'src/ports', 'src/steps', 'src/workflows'],
    packages: ['@aws/durable-execution-sdk-js'],
  },
  'src/api': {
    ours: ['src/domain', 'src/ports', 'src/steps', 'src/workflows', 'src/api'],
    packages: ['hono', '@hono/zod-openapi', 'jose'],
  },
  'src/cli': {
    // the service's own code for what needs no service; everything else over its API
    ours: ['src/cli', 'src/domain', 'src/ports', 'src/steps'],
    packages: ['node:fs', 'node:module', 'node:path', 'node:timers/promises', 'node:tls', 'node:url', 'node:util'],
  },
  'src/adapters': { ours: ['src/domain', 'src/ports', 'src/adapters'], packages: ['*'] },
  'src/sandbox': { ours: ['src'], packages: ['*'] },
  'lambdas/wiring': {
    ours: ['src/domain', 'src/ports', 'src/steps', 'src/workflows', 'lambdas/wiring', 'lambdas/settings.ts'],
    packages: [
      '@aws-lambda-powertools/logger',
      '@aws-sdk',
      'node:dns/promises',
      'node:fs',
      'node:timers/promises',
      'node:tls',
    ],
  },
  lambdas: {
    ours: ['src/domain', 'src/ports', 'src/steps', 'src/workflows', 'src/api', 'lambdas'],
    packages: ['@aws/durable-execution-sdk-js', 'node:async_hooks'],
  },
  cdk: {
    ours: ['cdk', 'lambdas/settings.ts'],
    packages: [
      'aws-cdk-lib',
      'cdk-nag',
      'constructs',
      'esbuild',
      'zod',
      '@aws-sdk/client-cloudformation',
      'node:child_process',
      'node:fs',
      'node:path',
      'node:readline',
      'node:url',
    ],
  },
};

/** The programs' wiring files and folders, the only ones that join adapters to the service. */
const wiring = ['src/sandbox/sandbox-service.ts', 'src/cli/check-command.ts', 'lambdas/wiring/'];

function isWiring(file: string): boolean {
  return wiring.some((place) => file === place || (place.endsWith('/') && file.startsWith(place)));
}

/** The sandbox's own servers may use what is written for exactly them. */
const sandboxAdapters: Readonly<Record<string, readonly string[]>> = {
  'src/sandbox/dynamodb.ts': ['src/adapters/aws'],
  'src/sandbox/dynamodb-repair.ts': ['src/adapters/aws'],
};

interface Import {
  readonly file: string;
  readonly line: number;
  readonly from: string;
  /** Path inside the project, or undefined for a package. */
  readonly ours: string | undefined;
}

const files = ['src', 'lambdas', 'cdk'].flatMap(listFiles);
const imports = files.flatMap(readImports);

describe('the arrows', () => {
  it('sees the source', () => {
    expect(files.length).toBeGreaterThan(80);
    expect(imports.length).toBeGreaterThan(200);
  });

  it('lets every folder import only what it may', () => {
    expect(imports.filter((one) => !isAllowed(one)).map(say)).toEqual([]);
  });

  it('lets only wiring files of the programs import adapters', () => {
    const outside = imports.filter(
      ({ file, ours }) =>
        ours?.startsWith('src/adapters/') === true &&
        !file.startsWith('src/adapters/') &&
        !isWiring(file) &&
        !(sandboxAdapters[file] ?? []).some((folder) => ours.startsWith(`${folder}/`)),
    );
    expect(outside.map(say)).toEqual([]);
  });

  it('keeps each technology to itself: an adapter imports no adapter of another folder', () => {
    const strangers = imports.filter(({ file, ours }) => {
      if (!file.startsWith('src/adapters/') || ours?.startsWith('src/adapters/') !== true) return false;
      return technologyOf(file) !== technologyOf(ours);
    });
    expect(strangers.map(say)).toEqual([]);
  });

  it('lets workflows know steps by their names and types alone', () => {
    const values = imports.filter(
      ({ file, from }) =>
        /^src\/workflows\/(?:fulfil-order|keep-appointment|call-step)\.ts$/.test(file) && /\/steps\//.test(from),
    );
    const source = (file: string) => readFileSync(join(root, file), 'utf8').split('\n');
    expect(
      values.filter(({ file, line }) => !(source(file)[line - 1] ?? '').startsWith('import type')).map(say),
    ).toEqual([]);
  });
});

describe('every file of ours', () => {
  it('has a base name of its own', () => {
    const seen = new Map<string, string[]>();
    for (const file of files.filter((one) => one.startsWith('src/')))
      seen.set(basename(file), [...(seen.get(basename(file)) ?? []), file]);
    expect([...seen.values()].filter((same) => same.length > 1)).toEqual([]);
  });

  it('says in its first line what it promises', () => {
    const silent = files.filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !/^\/\/ [A-Z`].*[.:,]?$/.test(firstLine(file)),
    );
    expect(silent).toEqual([]);
  });

  it('is no drawer', () => {
    const drawers = /^(?:utils?|helpers?|common|shared|types?|index|misc)\.ts$/;
    expect(files.filter((file) => drawers.test(basename(file)))).toEqual([]);
  });

  it('is one thing: no more than 400 lines', () => {
    expect(files.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 400)).toEqual([]);
  });

  it('reads no clock and draws no luck where decisions are made', () => {
    const decisions = files.filter((file) => /^src\/(?:domain|steps|workflows)\//.test(file));
    const hidden = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID\(|\brandomBytes\(/;
    expect(decisions.filter((file) => hidden.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });
});

function isAllowed({ file, from, ours }: Import): boolean {
  const rule = Object.entries(arrows).find(([folder]) => file.startsWith(`${folder}/`))?.[1];
  if (rule === undefined) return false;
  if (ours?.startsWith('src/adapters/') === true && isWiring(file)) return true;
  if (ours !== undefined) return rule.ours.some((folder) => ours === folder || ours.startsWith(`${folder}/`));
  return rule.packages.some((name) => name === '*' || from === name || from.startsWith(`${name}/`));
}

function technologyOf(path: string): string {
  return path.split('/')[2] ?? '';
}

function readImports(file: string): readonly Import[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  let begun = 0;
  return lines.flatMap((text, i): readonly Import[] => {
    if (/^(?:import|export)\b/.test(text)) begun = i;
    const from =
      /^(?:import .*|export .*|\} )?from '([^']+)';$/.exec(text.trim())?.[1] ??
      /^import '([^']+)';$/.exec(text.trim())?.[1];
    if (from === undefined) return [];
    const ours = from.startsWith('.') ? relative(root, resolve(root, dirname(file), from)) : undefined;
    return [{ file, line: begun + 1, from, ours }];
  });
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function firstLine(file: string): string {
  const [first = '', second = ''] = readFileSync(join(root, file), 'utf8').split('\n', 2);
  return first.startsWith('#!') ? second : first;
}

function say({ file, line, from }: Import): string {
  return `${file}:${line} imports ${from}`;
}
