// Every function's bundle as it is deployed: small enough, loaded under Node without touching anything, and clear about what it lacks.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBundle } from '../../cdk/function-code.ts';
import { type FunctionName, functions, reachesServers } from '../../cdk/functions.ts';
import { settingsFor } from '../../cdk/rights.ts';
import { parseStage } from '../../cdk/stage-settings.ts';
import { settings } from '../../lambdas/settings.ts';

const MAX_ZIPPED = 1024 * 1024;
const names = Object.keys(functions) as FunctionName[];
const example = JSON.parse(readFileSync(new URL('../../cdk/stages/example.json', import.meta.url), 'utf8'));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  for (const name of names) {
    mkdirSync(join(folder, name));
    writeBundle(name, parseStage('example', example), join(folder, name));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const bundleOf = (name: FunctionName) => join(folder, name, 'index.mjs');

function run(name: FunctionName, code: string, env: Record<string, string> = {}): string {
  const script = `const { handler } = await import(${JSON.stringify(bundleOf(name))});\n${code}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { AWS_REGION: 'eu-central-1', ...env },
  }).trim();
}

describe.each(names)('%s', (name) => {
  it('is small, and loads without settings, network or rights', () => {
    expect(gzipSync(readFileSync(bundleOf(name))).length).toBeLessThan(MAX_ZIPPED);
    expect(run(name, 'console.log(typeof handler)')).toBe('function');
  });

  it('holds SSH only where servers are reached, and the API only there', () => {
    const text = readFileSync(bundleOf(name), 'utf8');
    expect(text.includes('diffie-hellman-group')).toBe(reachesServers(functions[name]));
    expect(text.includes('/v1/openapi.json')).toBe(name === 'api');
    expect(text).not.toContain('-----BEGIN PRIVATE KEY-----\\nMI');
  });
});

describe('called without its settings', () => {
  it.each(names.filter((name) => settingsFor(name).includes('inventoryTable')))('%s says which it lacks', (name) => {
    const code =
      'try { await handler({ time: "2027-01-01T00:00:00Z", Records: [] }, {}); } catch (error) { console.log(error.message); }';
    expect(run(name, code)).toContain(`the function has no setting ${settings.inventoryTable}`);
  });
});
