// Runs of workflows: durable executions, started through their alias.

import { LambdaClient } from '@aws-sdk/client-lambda';
import { awsClientSettings } from '../../src/adapters/aws/aws-calls.ts';
import { LambdaExecutions } from '../../src/adapters/aws/lambda-executions.ts';
import { LIVE, setting } from '../settings.ts';

const WORKFLOWS = ['fulfil-order', 'revoke-certificate', 'roll-key', 'look-at-server', 'rotate-ssh-key'] as const;

export function executions(): LambdaExecutions {
  const prefix = setting('prefix');
  return new LambdaExecutions({
    client: new LambdaClient(awsClientSettings),
    functions: Object.fromEntries(WORKFLOWS.map((name) => [name, `${prefix}-${name}`])),
    alias: LIVE,
  });
}
