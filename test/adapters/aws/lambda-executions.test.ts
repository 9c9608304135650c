// LambdaExecutions keeps the rules of the port over a strict stand-in for Lambda's API, and says what Lambda's failures mean.

import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { awsClientSettings } from '../../../src/adapters/aws/aws-calls.ts';
import { LambdaExecutions } from '../../../src/adapters/aws/lambda-executions.ts';
import { executionsContract } from '../../contracts/executions.ts';
import { jsonError, scriptedAws } from '../../support/scripted-aws.ts';
import { StrictDurableLambda } from '../../support/strict-durable-lambda.ts';

const workflow = 'fulfil-order';
const functions = { [workflow]: 'ucx-certs-fulfil-order' };
let lambda: StrictDurableLambda | undefined;

afterEach(() => {
  const refused = lambda?.refused ?? [];
  lambda = undefined;
  expect(refused).toEqual([]);
});

describe('LambdaExecutions', () => {
  executionsContract(async () => {
    const world = await open();
    return {
      executions: world.executions,
      workflow,
      callbackOf: async (name) => world.lambda.callbackOf(name),
      begun: async () => world.lambda.count(),
      untilOver: async () => undefined,
    };
  });

  it('gives the answer as JSON', async () => {
    const { executions, lambda } = await open();
    await executions.start(workflow, 'o1', { orderId: 'o1' });
    await executions.wake(lambda.callbackOf('o1'), { look: 'again' });
    expect(lambda.answers).toEqual(['{"look":"again"}']);
  });

  it.each([
    { status: 'RUNNING', is: 'running' },
    { status: 'SUCCEEDED', is: 'succeeded' },
    { status: 'FAILED', is: 'failed' },
    { status: 'TIMED_OUT', is: 'failed' },
    { status: 'STOPPED', is: 'stopped' },
  ] as const)('calls $status $is', async ({ status, is }) => {
    const { executions, lambda } = await open();
    await executions.start(workflow, 'o1', {});
    lambda.end('o1', status);
    expect(await executions.state(workflow, 'o1')).toBe(is);
  });

  it('takes no longer name for the name, over many pages', async () => {
    const { executions, lambda } = await open();
    lambda.pageSize = 2;
    for (const name of ['o1', 'o1-1', 'o1-2', 'o1-3', 'o1-4']) await executions.start(workflow, name, {});
    lambda.end('o1', 'FAILED');
    expect(await executions.state(workflow, 'o1')).toBe('failed');
    expect(await executions.state(workflow, 'o')).toBe('absent');
  });

  it('answers the newest of one name, and a running one before all', async () => {
    const { executions, lambda } = await open();
    await executions.start(workflow, 'o1', {});
    lambda.end('o1', 'SUCCEEDED');
    lambda.keepEarlier('o1', 'FAILED');
    expect(await executions.state(workflow, 'o1')).toBe('succeeded');
    lambda.keepEarlier('o1', 'RUNNING');
    expect(await executions.state(workflow, 'o1')).toBe('running');
  });

  it('refuses to give a name another input', async () => {
    const { executions } = await open();
    await executions.start(workflow, 'o1', { orderId: 'o1' });
    await expect(executions.start(workflow, 'o1', { orderId: 'o2' })).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
    });
  });

  it.each(['', 'a'.repeat(65), 'a b', 'a.b', 'a/b', 'é'])('refuses the name %j', async (name) => {
    const { executions } = await open();
    const refusal = { name: 'bad-request', field: 'name' };
    await expect(executions.start(workflow, name, {})).rejects.toMatchObject(refusal);
    await expect(executions.state(workflow, name)).rejects.toMatchObject(refusal);
  });

  it('refuses what is larger than Lambda takes', async () => {
    const { executions } = await open();
    const much = 'x'.repeat(1_000_001);
    await expect(executions.start(workflow, 'o1', much)).rejects.toMatchObject({ name: 'bad-request', field: 'input' });
    await expect(executions.wake('abcd', much)).rejects.toMatchObject({ name: 'bad-request', field: 'answer' });
  });

  it.each(['', 'x'.repeat(1_025), '../../2015-03-31/functions', '%2e%2e/fail?x='])(
    'says that nobody waits at the callback %j',
    async (id) => {
      const { executions } = await open();
      expect(await executions.wake(id, {})).toBe(false);
    },
  );

  it('knows its workflows', async () => {
    const { executions } = await open();
    await expect(executions.start('other', 'o1', {})).rejects.toThrow('workflow "other" has no function');
    await expect(executions.state('toString', 'o1')).rejects.toThrow('has no function');
  });

  it.each([
    { status: 429, code: 'TooManyRequestsException' },
    { status: 500, code: 'ServiceException' },
  ])('may be asked again when Lambda says $code', async ({ status, code }) => {
    const aws = await scriptedAws((_, response) => jsonError(response, status, code, 'later'));
    const executions = new LambdaExecutions({ client: clientOf(aws.connection), functions });
    const busy = { name: 'executions-unavailable' };
    await expect(executions.start(workflow, 'o1', {})).rejects.toMatchObject(busy);
    await expect(executions.wake('abcd', {})).rejects.toMatchObject(busy);
    await expect(executions.state(workflow, 'o1')).rejects.toMatchObject(busy);
  });

  it('ends at its deadline when Lambda is silent', async () => {
    const aws = await scriptedAws(() => undefined);
    const executions = new LambdaExecutions({ client: clientOf(aws.connection), functions, timeoutMs: 80 });
    await expect(executions.start(workflow, 'o1', {})).rejects.toMatchObject({ name: 'executions-unavailable' });
  });
});

async function open() {
  const started = await StrictDurableLambda.start({ functionName: functions[workflow] ?? '', alias: 'live' });
  lambda = started;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = clientOf({ endpoint: started.endpoint, region: 'us-east-1', credentials });
  return { lambda: started, executions: new LambdaExecutions({ client, functions }) };
}

function clientOf(connection: ConstructorParameters<typeof LambdaClient>[0]): LambdaClient {
  const client = new LambdaClient({ ...awsClientSettings, ...connection, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}
