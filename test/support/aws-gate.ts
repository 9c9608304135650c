// One address for all of AWS: Lambda is the local engine, Route 53 is moto's put right, all else is moto. Requests are told apart by their signature.

import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { CheckpointDurableExecutionRequest, DurableExecutionClient } from '@aws/durable-execution-sdk-js';
import type { LocalEngine } from '../../src/sandbox/engine/local-engine.ts';
import { LocalExecutions } from '../../src/sandbox/local-executions.ts';

export interface AwsGateOptions {
  readonly moto: string;
  readonly route53: string;
  /** Called after each change of records that was answered. */
  readonly onRecords: () => Promise<void>;
  /** Known once the gate is open: they need each other. */
  readonly engine: () => LocalEngine;
  /** Takes the checkpoints of a workflow. */
  readonly client: (workflow: string) => DurableExecutionClient;
  readonly prefix: string;
}

export interface AwsGate {
  readonly endpoint: string;
  /** Requests that nobody took, which is a fault of ours. */
  readonly refused: readonly string[];
  readonly close: () => Promise<void>;
}

export async function openAwsGate(options: AwsGateOptions): Promise<AwsGate> {
  const refused: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const service = /Credential=[^/]+\/\d+\/[a-z0-9-]+\/([a-z0-9-]+)\//.exec(request.headers.authorization ?? '')?.[1];
    try {
      if (service === 'lambda') return await serveLambda(request, body.toString(), response);
      await passOn(service === 'route53' ? options.route53 : options.moto, request, body, response);
      if (service === 'route53' && request.method === 'POST') await options.onRecords();
    } catch (error) {
      refused.push(`${request.method} ${request.url}: ${String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };

  async function serveLambda(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gate');
    const asked = `${request.method} ${pathname}`;
    const answer = (status: number, value: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const matched = (pattern: RegExp) => pattern.exec(asked)?.slice(1).map(decodeURIComponent);

    const [checkpointed] = matched(/^POST \/2025-12-01\/durable-executions\/(.+)\/checkpoint$/) ?? [];
    if (checkpointed !== undefined) {
      const { CheckpointToken, Updates } = JSON.parse(body) as CheckpointDurableExecutionRequest;
      const noted = { DurableExecutionArn: checkpointed, CheckpointToken, Updates };
      const { NewExecutionState, ...rest } = await clientOf(checkpointed).checkpoint(noted);
      return answer(200, { ...rest, NewExecutionState: onTheWire(NewExecutionState) });
    }
    const [looked] = matched(/^GET \/2025-12-01\/durable-executions\/(.+)\/state$/) ?? [];
    if (looked !== undefined) {
      const CheckpointToken = searchParams.get('CheckpointToken') ?? '';
      const state = await clientOf(looked).getExecutionState({ DurableExecutionArn: looked, CheckpointToken });
      return answer(200, onTheWire(state));
    }
    const [started] = matched(/^POST \/2015-03-31\/functions\/([^/]+)\/invocations$/) ?? [];
    if (started !== undefined) {
      const name = String(request.headers['x-amz-durable-execution-name'] ?? '');
      if (searchParams.get('Qualifier') !== 'live' || request.headers['x-amz-invocation-type'] !== 'Event')
        throw new Error('not started through the alias, or waited for');
      await options.engine().start(withoutPrefix(started), name, JSON.parse(body));
      return answer(202, {});
    }
    const [listed] = matched(/^GET \/2025-12-01\/functions\/([^/]+)\/durable-executions$/) ?? [];
    if (listed !== undefined) {
      const wanted = [withoutPrefix(listed), searchParams.get('DurableExecutionName')];
      const found = (await options.engine().list()).filter(({ workflow, name }) => isSame([workflow, name], wanted));
      const DurableExecutions = found.map(({ arn, name, status, startedAt }) => ({
        DurableExecutionArn: arn,
        DurableExecutionName: name,
        FunctionArn: arn.split('/')[0],
        Status: status,
        StartTimestamp: startedAt.getTime() / 1_000,
      }));
      return answer(200, { DurableExecutions });
    }
    const [woken] = matched(/^POST \/2025-12-01\/durable-execution-callbacks\/([^/]+)\/succeed$/) ?? [];
    if (woken !== undefined) {
      const isOpen = await new LocalExecutions(options.engine).wake(woken, JSON.parse(body));
      if (isOpen) return answer(200, {});
      response.setHeader('x-amzn-errortype', 'CallbackTimeoutException');
      return answer(400, { message: 'closed' });
    }
    throw new Error('no path of Lambda we know');
  }

  function clientOf(arn: string): DurableExecutionClient {
    const workflow = /:function:([a-z-]+)/.exec(arn)?.[1] ?? '';
    return options.client(workflow);
  }

  function withoutPrefix(functionName: string): string {
    if (functionName.startsWith(`${options.prefix}-`)) return functionName.slice(options.prefix.length + 1);
    throw new Error(`"${functionName}" is no function of ${options.prefix}`);
  }
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.every((value, index) => value === other[index]);
}

/** Moments are seconds in Lambda's JSON. */
function onTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? {}), (key, field: unknown) =>
    key.endsWith('Timestamp') && typeof field === 'string' ? new Date(field).getTime() / 1_000 : field,
  );
}

async function passOn(
  endpoint: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const outgoing = httpRequest(new URL(url ?? '/', endpoint), { method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.writeHead(incoming.statusCode ?? 0, incoming.headers).end(await buffer(incoming));
}
