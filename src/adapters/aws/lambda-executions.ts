// Runs of workflows as durable executions of Lambda, named by us and started through an alias.

import {
  type Execution,
  type ExecutionStatus,
  InvokeCommand,
  type LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from '@aws-sdk/client-lambda';
import { Problem } from '../../domain/problem.ts';
import type { Executions } from '../../ports/executions.ts';
import { callAws, isAwsError } from './aws-calls.ts';

export interface LambdaExecutionsOptions {
  /** Made with `awsClientSettings`; closed by whoever made it. */
  readonly client: LambdaClient;

  /** Name or ARN of the function, without version or alias, of each workflow. */
  readonly functions: Readonly<Record<string, string>>;

  /** What is started: executions stay with the version it leads to then. @default live */
  readonly alias?: string;

  /** For one call with all its attempts. @default AWS_CALL_DEADLINE_MS */
  readonly timeoutMs?: number | undefined;
}

export type ExecutionState = Awaited<ReturnType<Executions['state']>>;

/** https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Of an asynchronous invocation and of the answer to a callback: 1 MB. */
const MAX_PAYLOAD_BYTES = 1_000_000;
const MAX_CALLBACK_ID_LENGTH = 1_024;

/** Of one name there is one execution, or a few where the history of an earlier one is still kept. */
const MAX_PAGES = 10;

const STATES: Readonly<Record<ExecutionStatus, ExecutionState>> = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  STOPPED: 'stopped',
};

/**
 * Needs `lambda:InvokeFunction` on the aliases, `lambda:ListDurableExecutionsByFunction` on the functions and
 * `lambda:SendDurableExecutionCallbackSuccess` on `<function arn>:*`. `state` asks an API of 15 requests a second: for sweeps, not for pages.
 */
export class LambdaExecutions implements Executions {
  readonly #options: LambdaExecutionsOptions;

  constructor(options: LambdaExecutionsOptions) {
    this.#options = options;
  }

  async start(workflow: string, name: string, input: unknown): Promise<void> {
    const command = new InvokeCommand({
      FunctionName: this.#functionOf(workflow),
      Qualifier: this.#options.alias ?? 'live',
      InvocationType: 'Event',
      DurableExecutionName: checkedName(name),
      Payload: payloadOf(input, 'input'),
    });
    await this.#call(`start "${name}"`, async (options) => await this.#options.client.send(command, options));
  }

  async wake(callbackId: string, answer: unknown): Promise<boolean> {
    if (callbackId === '' || callbackId.length > MAX_CALLBACK_ID_LENGTH) return false;
    const command = new SendDurableExecutionCallbackSuccessCommand({
      CallbackId: callbackId,
      Result: payloadOf(answer, 'answer'),
    });
    try {
      await this.#call('wake an execution', async (options) => await this.#options.client.send(command, options));
      return true;
    } catch (error) {
      // Closed, unknown, or none of Lambda's making: nobody waits there.
      const closed = ['CallbackTimeoutException', 'ResourceNotFoundException', 'InvalidParameterValueException'];
      if (isAwsError(error, ...closed)) return false;
      throw error;
    }
  }

  async state(workflow: string, name: string): Promise<ExecutionState> {
    const named = await this.#executionsOf(workflow, checkedName(name));
    const running = named.find(({ Status }) => Status === 'RUNNING');
    const [newest] = named.toSorted((one, other) => startedMs(other) - startedMs(one));
    const { Status } = running ?? newest ?? {};
    return Status === undefined ? 'absent' : STATES[Status];
  }

  /** Of all versions: the alias may lead elsewhere by now. */
  async #executionsOf(workflow: string, name: string): Promise<readonly Execution[]> {
    const found: Execution[] = [];
    let Marker: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const command = new ListDurableExecutionsByFunctionCommand({
        FunctionName: this.#functionOf(workflow),
        DurableExecutionName: name,
        ...(Marker === undefined ? {} : { Marker }),
      });
      const { DurableExecutions = [], NextMarker } = await this.#call(
        `look for "${name}"`,
        async (options) => await this.#options.client.send(command, options),
      );
      found.push(...DurableExecutions.filter(({ DurableExecutionName }) => DurableExecutionName === name));
      if (NextMarker === undefined || NextMarker === '') return found;
      Marker = NextMarker;
    }
    return found;
  }

  #functionOf(workflow: string): string {
    const name = Object.hasOwn(this.#options.functions, workflow) ? this.#options.functions[workflow] : undefined;
    if (name !== undefined) return name;
    throw new Error(`workflow "${workflow}" has no function`);
  }

  #call<Output>(doing: string, send: Parameters<typeof callAws<Output>>[1]): Promise<Output> {
    return callAws({ doing, unavailable: 'executions-unavailable', timeoutMs: this.#options.timeoutMs }, send);
  }
}

function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  const shown = JSON.stringify(name.slice(0, 64));
  throw new Problem('bad-request', `execution name ${shown} is not 1 to 64 of A-Z, a-z, 0-9, - and _`, {
    field: 'name',
  });
}

/** As JSON: the workflows read it with the SDK's default, which is that. */
function payloadOf(value: unknown, field: string): Uint8Array {
  const payload = Buffer.from(JSON.stringify(value) ?? 'null');
  if (payload.length <= MAX_PAYLOAD_BYTES) return payload;
  throw new Problem('bad-request', `${field} has ${payload.length} bytes; at most ${MAX_PAYLOAD_BYTES}`, { field });
}

function startedMs({ StartTimestamp }: Execution): number {
  return StartTimestamp?.getTime() ?? 0;
}
