// A bundle is one module that runs as it is, with the stage's settings beside it; what is not written yet is not deployed.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBundle } from '../../cdk/function-code.ts';
import type { FunctionName } from '../../cdk/functions.ts';
import { readStage } from '../../cdk/stage-settings.ts';

const stage = readStage('example');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ucx-certs-bundle-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('the bundle of a function', () => {
  it('holds the function, its map and the settings of its stage', async () => {
    writeBundle('shape-token', stage, folder);
    expect((await readdir(folder)).sort()).toEqual(['index.mjs', 'index.mjs.map', 'stage.json']);
    expect(JSON.parse(await readFile(join(folder, 'stage.json'), 'utf8'))).toEqual(stage);
  });

  it('runs as it is', async () => {
    writeBundle('shape-token', stage, folder);
    const { handler } = await import(join(folder, 'index.mjs'));
    const event = { triggerSource: 'TokenGeneration_ClientCredentials', request: { scopes: ['partner/emetrotel'] } };
    expect(JSON.stringify(await handler(event))).toContain('"partner":"emetrotel"');
  });

  it('is refused by the name of the file that is missing', () => {
    expect(() => writeBundle('nothing-of-ours' as FunctionName, stage, folder)).toThrow('lambdas/nothing-of-ours.ts');
  });
});
