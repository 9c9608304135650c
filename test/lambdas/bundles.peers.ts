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

/** In a process of its own: what it exports, and what it says when it is called without its settings. */
function load(name: FunctionName): { readonly handler: string; readonly said: string } {
  const script = `const { handler } = await import(${JSON.stringify(bundleOf(name))});
    const event = { time: '2027-01-01T00:00:00Z', Records: [] };
    const said = await Promise.resolve().then(() => handler(event, {})).then(() => 'nothing', (error) => error.message);
    console.log(JSON.stringify({ handler: typeof handler, said }));`;
  const env = { AWS_REGION: 'eu-central-1' };
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env }));
}

describe.each(names)('%s', (name) => {
  it('is small, loads without settings, network or rights, and says which setting it lacks when it is called', () => {
    expect(gzipSync(readFileSync(bundleOf(name))).length).toBeLessThan(MAX_ZIPPED);
    const { handler, said } = load(name);
    expect(handler).toBe('function');
    if (settingsFor(name).includes('inventoryTable'))
      expect(said).toBe(`the function has no setting ${settings.inventoryTable}`);
  });

  it('holds SSH only where servers are reached, and the API only there', () => {
    const text = readFileSync(bundleOf(name), 'utf8');
    // a key pair for SSH is drawn by the same library
    const hasSsh = reachesServers(functions[name]) || name === 'draw-ssh-key';
    expect(text.includes('diffie-hellman-group')).toBe(hasSsh);
    expect(text.includes('/v1/openapi.json')).toBe(name === 'api');
  });
});
