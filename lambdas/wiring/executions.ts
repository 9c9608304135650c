// Runs of the workflows as durable executions, under the names the stack gave their functions.

import { LambdaClient } from '@aws-sdk/client-lambda';
import { awsClientSettings } from '../../src/adapters/aws/aws-calls.ts';
import { LambdaExecutions } from '../../src/adapters/aws/lambda-executions.ts';
import { LIVE, setting } from '../settings.ts';

const WORKFLOWS = ['fulfil-order', 'look-at-server', 'revoke-certificate', 'roll-key', 'rotate-ssh-key'] as const;

export function executions(): LambdaExecutions {
  const prefix = setting('prefix');
  return new LambdaExecutions({
    client: new LambdaClient(awsClientSettings),
    functions: Object.fromEntries(WORKFLOWS.map((name) => [name, `${prefix}-${name}`])),
    alias: LIVE,
  });
}
