// Both templates keep the rules of CloudFormation and of cdk-nag; each exception has its full id, its one place and its reason.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { accept } from '../../cdk/exceptions.ts';
import { judgedWith, makeTemplates, templates } from './templates.ts';

describe('the templates', () => {
  it('break no rule', () => {
    expect(makeTemplates(templates().stage, { isJudged: true }).violations).toEqual([]);
  });

  it('would be found out: a bucket without a log is a finding, and one that is accepted is none', () => {
    const found = (reason?: string) =>
      judgedWith((app: App) => {
        const bucket = new Bucket(new Stack(app, 'Open'), 'Bucket', { enforceSSL: true });
        if (reason !== undefined) accept(bucket, 'AwsSolutions-S1', reason);
      });
    expect(found()).toEqual(['AwsSolutions AwsSolutions-S1 at Open/Bucket/Resource']);
    expect(found('nothing is in it')).toEqual([]);
  });
});

describe('an exception', () => {
  it('is made through `accept` alone, with an id and a reason', () => {
    const folder = fileURLToPath(new URL('../../cdk/', import.meta.url));
    const files = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.ts'));
    const acknowledging = files.filter((file) => /\.acknowledge\(/.test(readFileSync(folder + file, 'utf8')));
    expect(acknowledging).toEqual(['exceptions.ts']);
    const calls = files.flatMap((file) => [
      ...readFileSync(folder + file, 'utf8').matchAll(/\baccept\(\s*\w+(?:\.\w+)?,\s*(['`])(.+?)\1,/g),
    ]);
    expect(calls.length).toBeGreaterThan(5);
    const vague = calls.filter(
      ([, , id = '']) =>
        !/^AwsSolutions-(?:IAM5\[Resource::.+\]|(?!IAM5)[A-Z0-9]+)$|^CloudFormation-Validate::W\d+$/.test(id),
    );
    expect(vague).toEqual([]);
  });
});
