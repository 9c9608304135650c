// Lambda's API of durable executions, as much as we call of it, strict: a request that the service model does not allow is refused and noted.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED';

interface KeptExecution {
  readonly name: string;
  readonly arn: string;
  readonly payload: string;
  readonly callbackId: string;
  readonly startedAt: number;
  status: Status;
}

/** Paths are those of the API's model of 2025-12-01; only the function and alias given exist. */
export class StrictDurableLambda {
  readonly endpoint: string;
  /** Requests that do not fit the model; a test wants none. */
  readonly refused: string[] = [];
  /** What callbacks were answered with. */
  readonly answers: string[] = [];
  readonly #executions: KeptExecution[] = [];
  readonly #target: { readonly functionName: string; readonly alias: string };
  /** How many a page holds. */
  pageSize = 100;

  private constructor(endpoint: string, target: { readonly functionName: string; readonly alias: string }) {
    this.endpoint = endpoint;
    this.#target = target;
  }

  /** Ended with the test. */
  static async start(target: { readonly functionName: string; readonly alias: string }): Promise<StrictDurableLambda> {
    const started: StrictDurableLambda[] = [];
    const server = createServer((request, response) => void started[0]?.serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    });
    const lambda = new StrictDurableLambda(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, target);
    started.push(lambda);
    return lambda;
  }

  count(): number {
    return this.#executions.length;
  }

  callbackOf(name: string): string {
    return this.#executions.find((one) => one.name === name)?.callbackId ?? '';
  }

  end(name: string, status: Status): void {
    for (const one of this.#executions) if (one.name === name) one.status = status;
  }

  /** An earlier one of the same name whose history is still kept. */
  keepEarlier(name: string, status: Status): void {
    this.#executions.unshift({ ...this.#execution(name, ''), startedAt: 1, status });
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers = {}, body } = this.#replyTo(request, await text(request));
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  #replyTo(request: IncomingMessage, body: string): Reply {
    const url = new URL(request.url ?? '/', this.endpoint);
    const asked = `${request.method} ${url.pathname}`;
    const signed =
      /^AWS4-HMAC-SHA256 Credential=[^,]+\/lambda\/aws4_request, SignedHeaders=[^,]+, Signature=[0-9a-f]{64}$/;
    if (!signed.test(request.headers.authorization ?? '')) return this.#refuse(403, 'no signature of Lambda');
    if (asked === `POST /2015-03-31/functions/${this.#target.functionName}/invocations`) {
      return this.#invoke(request, url, body);
    }
    if (asked === `GET /2025-12-01/functions/${this.#target.functionName}/durable-executions`) {
      return this.#list(url, body);
    }
    const callback = /^POST \/2025-12-01\/durable-execution-callbacks\/([^/]+)\/succeed$/.exec(asked)?.[1];
    if (callback !== undefined) return this.#succeed(decodeURIComponent(callback), url, body);
    return this.#refuse(404, `${asked} is no path we know`);
  }

  #invoke(request: IncomingMessage, url: URL, body: string): Reply {
    const name = String(request.headers['x-amz-durable-execution-name'] ?? '');
    if (url.search !== `?Qualifier=${this.#target.alias}`) return this.#refuse(404, `query ${url.search}`);
    if (request.headers['x-amz-invocation-type'] !== 'Event') return this.#refuse(400, 'not an Event');
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) return this.#refuse(400, `name "${name}"`);
    if (!isJson(body)) return this.#refuse(400, 'payload is no JSON');
    const standing = this.#executions.find((one) => one.name === name);
    if (standing !== undefined && standing.payload !== body) {
      return failure(409, 'DurableExecutionAlreadyStartedException', 'started with another payload');
    }
    const execution = standing ?? this.#execution(name, body);
    if (standing === undefined) this.#executions.push(execution);
    return { status: 202, headers: { 'x-amz-durable-execution-arn': execution.arn } };
  }

  #list(url: URL, body: string): Reply {
    const known = ['DurableExecutionName', 'Marker', 'MaxItems', 'Qualifier', 'ReverseOrder', 'Statuses'];
    const strange = [...url.searchParams.keys()].filter((key) => !known.includes(key));
    if (strange.length > 0 || body !== '') return this.#refuse(400, `query ${url.search}, body "${body}"`);
    // It filters by version: nothing was started by the name of an alias.
    if (url.searchParams.has('Qualifier')) return { status: 200, body: { DurableExecutions: [] } };
    const from = Number(url.searchParams.get('Marker') ?? 0);
    const wanted = url.searchParams.get('DurableExecutionName') ?? '';
    // "Names that match this string": let nobody take that for the same name.
    const found = this.#executions.filter(({ name }) => name.startsWith(wanted)).reverse();
    const page = {
      DurableExecutions: found.slice(from, from + this.pageSize).map(({ name, arn, status, startedAt }) => ({
        DurableExecutionArn: arn,
        DurableExecutionName: name,
        FunctionArn: arn.split('/')[0],
        Status: status,
        StartTimestamp: startedAt,
      })),
      ...(found.length > from + this.pageSize ? { NextMarker: String(from + this.pageSize) } : {}),
    };
    return { status: 200, body: page };
  }

  #succeed(id: string, url: URL, body: string): Reply {
    if (url.search !== '') return this.#refuse(400, `query ${url.search}`);
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(id) || id.length > 1_024) {
      return failure(400, 'InvalidParameterValueException', 'no callback id of ours');
    }
    const execution = this.#executions.find(({ callbackId }) => callbackId === id);
    if (execution === undefined) return failure(404, 'ResourceNotFoundException', 'no such callback');
    if (execution.status !== 'RUNNING') return failure(400, 'CallbackTimeoutException', 'closed');
    if (!isJson(body)) return this.#refuse(400, 'result is no JSON');
    this.answers.push(body);
    execution.status = 'SUCCEEDED';
    return { status: 200, body: {} };
  }

  #execution(name: string, payload: string): KeptExecution {
    const arn = `arn:aws:lambda:us-east-1:123456789012:function:${this.#target.functionName}:7/durable-execution/${name}/${this.#executions.length}`;
    const callbackId = Buffer.from(`${arn}?????>>>>`).toString('base64');
    return { name, arn, payload, callbackId, startedAt: 1_800_000_000 + this.#executions.length, status: 'RUNNING' };
  }

  #refuse(status: number, why: string): Reply {
    this.refused.push(why);
    return failure(status, status === 404 ? 'ResourceNotFoundException' : 'InvalidRequestContentException', why);
  }
}

function failure(status: number, code: string, message: string): Reply {
  return { status, headers: { 'x-amzn-errortype': code }, body: { message } };
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
