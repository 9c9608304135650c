// One HTTPS request to an authority over the network port: bounded in size and time, never redirected.

import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { Problem, problemCode } from '../../domain/problem.ts';
import type { Network } from '../../ports/network.ts';
import { cleanText } from './acme-problems.ts';

/** More than any directory, order or chain needs. */
const MAX_BODY_BYTES = 1024 * 1024;

const MAX_HEADER_BYTES = 16 * 1024;

export interface HttpQuestion {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TransportOptions {
  readonly network: Network;
  /** PEM, the only ones trusted; absent: Node's. */
  readonly roots: readonly string[] | undefined;
}

/** One deadline for all the requests that serve one call. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #endsAt: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + timeoutMs;
    this.signal = AbortSignal.timeout(timeoutMs);
  }

  remainingMs(): number {
    return Math.max(1, Math.ceil(this.#endsAt - performance.now()));
  }

  /** Settles like `work`, or rejects when time is up. */
  async holds<T>(work: Promise<T>): Promise<T> {
    const { promise: timeUp, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(new Error(`no answer within ${this.#timeoutMs} ms`));
    if (this.signal.aborted) onAbort();
    this.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work, timeUp]);
    } finally {
      this.signal.removeEventListener('abort', onAbort);
    }
  }
}

/**
 * A connection of its own per request: seven a certificate do not pay for the doubt a reused one leaves when it
 * breaks (was the CSR received?), and a Lambda that was frozen wakes up with dead ones.
 * Problems: `ca-unreachable` (network, TLS, deadline), `ca-answer-malformed` (not HTTP, too big, a redirect), and
 * `address-refused` from the network port as it is.
 */
export async function exchange(
  question: HttpQuestion,
  options: TransportOptions,
  deadline: Deadline,
): Promise<HttpAnswer> {
  const { url } = question;
  try {
    return await converse(question, options, deadline);
  } catch (error) {
    const code = problemCode(error);
    if (code === 'address-refused' || code === 'ca-answer-malformed') throw error;
    // Not as `cause`: what Node says of a peer's certificate holds the peer's own strings and the certificate itself.
    if (isProtocolError(error)) {
      throw new Problem(
        'ca-answer-malformed',
        `${question.method} ${url.host}: not HTTP as we know it: ${said(error)}`,
      );
    }
    throw new Problem('ca-unreachable', `${question.method} ${url.host}: ${said(error)}`);
  }
}

async function converse(question: HttpQuestion, options: TransportOptions, deadline: Deadline): Promise<HttpAnswer> {
  const target = { host: hostOf(question.url), port: Number(question.url.port || 443) };
  const connecting = options.network.connect(target, deadline.remainingMs());
  connecting.then(
    (late) => deadline.signal.aborted && late.destroy(),
    () => undefined,
  );
  const stream = await deadline.holds(connecting);
  stream.on('error', () => undefined);
  try {
    const socket = await deadline.holds(secure(stream, target.host, options.roots));
    return await deadline.holds(ask(question, socket));
  } finally {
    stream.destroy();
  }
}

function secure(stream: Duplex, host: string, roots: readonly string[] | undefined): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = tlsConnect({
    socket: stream,
    host,
    // RFC 6066, 3: an address is never sent as server name.
    servername: isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    ...(roots ? { ca: [...roots] } : {}),
  });
  socket.once('secureConnect', () => resolve(socket));
  socket.on('error', reject);
  socket.once('close', () => reject(new Error('connection closed during the TLS handshake')));
  return promise;
}

function ask(question: HttpQuestion, socket: TLSSocket): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const { method, url, headers, body } = question;
  const request = httpRequest({
    method,
    path: `${url.pathname}${url.search}`,
    headers: {
      Host: url.host,
      'Accept-Encoding': 'identity',
      ...headers,
      ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    },
    maxHeaderSize: MAX_HEADER_BYTES,
    createConnection: () => socket,
  });
  const onClose = () => reject(new Error('connection closed before the answer'));
  request.on('error', reject);
  request.once('close', onClose);
  request.once('response', (response) => {
    request.off('close', onClose);
    readAnswer(question, response).then(resolve, reject);
  });
  request.end(body);
  return promise;
}

async function readAnswer(question: HttpQuestion, response: IncomingMessage): Promise<HttpAnswer> {
  const status = response.statusCode ?? 0;
  const place = `${question.method} ${question.url.host}`;
  if (status >= 300 && status < 400)
    throw new Problem('ca-answer-malformed', `${place}: redirects are not followed (HTTP ${status})`);
  if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new Problem('ca-answer-malformed', `${place}: body is encoded though we refused that`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Problem('ca-answer-malformed', `${place}: body over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('connection closed in the middle of the answer');
  return { status, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') };
}

/** Without the brackets of an IPv6 literal. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function isProtocolError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_');
}

function said(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code} ` : '';
  return cleanText(`${code}${error.message}`);
}
