// A bundle is one module that runs as it is, with the stage's settings beside it; what is not written yet is not deployed.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBundle } from '../../cdk/bundle.ts';
import { functionCode } from '../../cdk/function-code.ts';
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
    expect((await readdir(folder)).sort()).toEqual(['index.js', 'index.js.map', 'stage.json']);
    expect(JSON.parse(await readFile(join(folder, 'stage.json'), 'utf8'))).toEqual(stage);
  });

  it('runs as it is', async () => {
    writeBundle('shape-token', stage, folder);
    const { handler } = await import(join(folder, 'index.js'));
    const event = { triggerSource: 'TokenGeneration_ClientCredentials', request: { scopes: ['partner/emetrotel'] } };
    expect(JSON.stringify(await handler(event))).toContain('"partner":"emetrotel"');
  });

  it('is its own: no function is deployed with the code of another', () => {
    const app = new App({ outdir: join(folder, 'assembly'), builtinCloudFormationValidation: false });
    const stack = new Stack(app, 'Two');
    for (const name of ['shape-token', 'roll-key'] as const)
      new Lambda(stack, name, {
        code: functionCode(name, stage),
        handler: 'index.handler',
        runtime: Runtime.NODEJS_24_X,
      });
    const lambdas = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
    expect(new Set(lambdas.map(({ Properties }) => Properties.Code.S3Key)).size).toBe(2);
  });

  it('is refused by the name of the file that is missing', () => {
    expect(() => writeBundle('nothing-of-ours' as FunctionName, stage, folder)).toThrow('lambdas/nothing-of-ours.ts');
  });
});
