// What a request meets before an operation does: size, signature, throttling, and the count of it all.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccessKey, judgeSignature } from './request-signature.ts';
import { errorAnswer, type HttpAnswer } from './route53-answers.ts';
import { type Route53Api, type Route53Operation, routeOf } from './route53-api.ts';
import type { Route53Dials } from './route53-dials.ts';
import type { TokenBucket } from './token-bucket.ts';

export interface Route53Counts {
  /** Requests that were understood and rightly signed, throttled ones included. */
  readonly requests: Readonly<Record<Route53Operation, number>>;
  readonly throttled: number;
  /** Change batches carried out. */
  readonly changes: number;
}

export interface Route53GateOptions {
  readonly api: Route53Api;
  readonly accessKey: AccessKey;
  readonly requestBucket: TokenBucket;
  readonly dials: () => Route53Dials;
  readonly random: () => number;
}

/** A batch of 32,000 characters in 1,000 records fits well. */
const BODY_LIMIT = 1_000_000;

const noRequests: Route53Counts['requests'] = {
  ListHostedZonesByName: 0,
  GetHostedZone: 0,
  ListResourceRecordSets: 0,
  ChangeResourceRecordSets: 0,
  GetChange: 0,
};

export class Route53Gate {
  readonly #options: Route53GateOptions;
  #counts: Route53Counts = { requests: noRequests, throttled: 0, changes: 0 };

  constructor(options: Route53GateOptions) {
    this.#options = options;
  }

  get counts(): Route53Counts {
    return this.#counts;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const answer = body ? this.#answer(request, body) : errorAnswer('RequestEntityTooLarge', 'Request is too large');
    if (answer === 'lost') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'text/xml', 'x-amzn-requestid': 'sandbox' });
    response.end(answer.body);
  }

  #answer(request: IncomingMessage, body: Buffer): HttpAnswer | 'lost' {
    const { method = 'GET', url: target = '/', headers } = request;
    const [path = '', query = ''] = target.split('?', 2);
    const route = routeOf(method, path);
    if (!route) return errorAnswer('UnknownOperationException', `the sandbox has no ${method} ${path}`);
    const finding = judgeSignature({ method, target, headers, body }, this.#options.accessKey);
    if (finding !== 'right') return errorAnswer(finding, 'The request is not signed with the key of the sandbox');
    this.#count(route.operation);
    if (!this.#mayPass()) return this.#throttled();

    const answer = this.#options.api.answer({
      ...route,
      query: new URLSearchParams(query),
      body: body.toString('utf8'),
    });
    if (answer === 'throttled') return this.#throttled();
    if (route.operation !== 'ChangeResourceRecordSets' || answer.status !== 200) return answer;
    this.#counts = { ...this.#counts, changes: this.#counts.changes + 1 };
    return this.#options.random() < this.#options.dials().answersLost ? 'lost' : answer;
  }

  #mayPass(): boolean {
    const { requestBucket, random, dials } = this.#options;
    return requestBucket.take(1) && random() >= dials().throttle;
  }

  #throttled(): HttpAnswer {
    this.#counts = { ...this.#counts, throttled: this.#counts.throttled + 1 };
    return errorAnswer('Throttling', 'Rate exceeded');
  }

  #count(operation: Route53Operation): void {
    const { requests } = this.#counts;
    this.#counts = { ...this.#counts, requests: { ...requests, [operation]: requests[operation] + 1 } };
  }
}

/** Undefined when the body is larger than any change batch may be. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
