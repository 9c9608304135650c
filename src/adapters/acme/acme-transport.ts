// One HTTPS request to an authority over the network port: bounded in size and time, never redirected.

import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { Problem, problemCode } from '../../domain/problem.ts';
import { AcmeConnections, type ConnectionOptions } from './acme-connections.ts';
import type { Deadline } from './acme-deadline.ts';
import { cleanText } from './acme-problems.ts';

/** More than any directory, order or chain needs. */
const MAX_BODY_BYTES = 1024 * 1024;

const MAX_HEADER_BYTES = 16 * 1024;

export interface HttpQuestion {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether it may be asked again when nobody knows if it was received. */
  readonly repeatable: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** To one authority: all its URLs are at one origin. */
export class AcmeTransport {
  readonly #connections: AcmeConnections;

  constructor(options: Omit<ConnectionOptions, 'target'> & { readonly origin: URL }) {
    const { origin, ...others } = options;
    const target = { host: hostOf(origin), port: Number(origin.port || 443) };
    this.#connections = new AcmeConnections({ ...others, target });
  }

  /**
   * A connection that has rested may break under the request, and nobody knows then whether it was received: only a question that does
   * no harm twice is asked again, once, over a new connection.
   * Problems: `ca-unreachable` (network, TLS, deadline), `ca-answer-malformed` (not HTTP, too big, a redirect), and
   * `address-refused` from the network port as it is.
   */
  async exchange(question: HttpQuestion, deadline: Deadline): Promise<HttpAnswer> {
    try {
      return (await this.#askRested(question, deadline)) ?? (await this.#askNew(question, deadline));
    } catch (error) {
      throw asProblem(question, error);
    }
  }

  /** Undefined: no connection rests, or it broke and the question may be asked again. */
  async #askRested(question: HttpQuestion, deadline: Deadline): Promise<HttpAnswer | undefined> {
    const rested = this.#connections.take();
    if (rested === undefined) return undefined;
    try {
      return await this.#ask(question, rested, deadline);
    } catch (error) {
      if (error instanceof Unanswered && question.repeatable && !deadline.signal.aborted) return undefined;
      throw error;
    }
  }

  async #askNew(question: HttpQuestion, deadline: Deadline): Promise<HttpAnswer> {
    return await this.#ask(question, await this.#connections.open(deadline), deadline);
  }

  async #ask(question: HttpQuestion, socket: TLSSocket, deadline: Deadline): Promise<HttpAnswer> {
    try {
      const { answer, isFree } = await deadline.holds(ask(question, socket));
      if (isFree) this.#connections.keep(socket);
      else socket.destroy();
      return answer;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}

/** The connection ended, and not a byte of an answer had come. */
class Unanswered extends Error {}

function asProblem({ method, url }: HttpQuestion, error: unknown): unknown {
  const code = problemCode(error);
  if (code === 'address-refused' || code === 'ca-answer-malformed') return error;
  // Not as `cause`: what Node says of a peer's certificate holds the peer's own strings and the certificate itself.
  if (isProtocolError(error)) {
    return new Problem('ca-answer-malformed', `${method} ${url.host}: not HTTP as we know it: ${said(error)}`);
  }
  return new Problem('ca-unreachable', `${method} ${url.host}: ${said(error)}`);
}

interface Asked {
  readonly answer: HttpAnswer;
  /** Whether the connection may carry another question. */
  readonly isFree: boolean;
}

function ask(question: HttpQuestion, socket: TLSSocket): Promise<Asked> {
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const { method, url, headers, body } = question;
  const request = httpRequest({
    method,
    path: `${url.pathname}${url.search}`,
    headers: {
      Host: url.host,
      'Accept-Encoding': 'identity',
      Connection: 'keep-alive',
      ...headers,
      ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    },
    maxHeaderSize: MAX_HEADER_BYTES,
    createConnection: () => socket,
  });
  const onClose = () => reject(new Unanswered('connection closed before the answer'));
  request.on('error', (error) => reject(isBroken(error) ? new Unanswered(error.message) : error));
  request.once('close', onClose);
  request.once('response', (response) => {
    request.off('close', onClose);
    const free = freed(socket);
    readAnswer(question, response).then(async (answer) => {
      resolve({ answer, isFree: request.shouldKeepAlive && (await free) });
    }, reject);
  });
  request.end(body);
  return promise;
}

/** Node says `free` a moment after the body has ended; until then its parser is still at the connection. */
function freed(socket: TLSSocket): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onFree = () => settle(true);
  const onClose = () => settle(false);
  const settle = (isFree: boolean) => {
    socket.off('free', onFree).off('close', onClose);
    resolve(isFree);
  };
  socket.once('free', onFree).once('close', onClose);
  if (socket.destroyed) settle(false);
  return promise;
}

function isBroken(error: Error): boolean {
  return 'code' in error && ['ECONNRESET', 'EPIPE'].includes(String(error.code));
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
