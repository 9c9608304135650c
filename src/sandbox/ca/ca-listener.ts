// The CA's HTTPS on loopback: reads bounded requests, writes answers, and can leave a client waiting when told to.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpDelivery, HttpQuestion } from './ca-service.ts';

/** Larger than any JWS with a CSR for 100 names. */
const MOST_BODY_BYTES = 65_536;
const ENDLESS_BYTES = 32 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a client pauses between two requests, so that it never meets a connection just being closed. */
const KEEP_ALIVE_MS = 60_000;

export interface CaListenerOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly identity: { readonly key: string; readonly cert: string };
}

export interface CaAnswering {
  /** Never rejects for what a client did. */
  answer(question: HttpQuestion): Promise<HttpDelivery>;
  /** After each request, whatever came of it. */
  done(question: HttpQuestion, delivery: HttpDelivery): void;
}

export class CaListener {
  readonly #server: Server;
  readonly #closing = new AbortController();
  readonly #answering = Promise.withResolvers<CaAnswering>();

  private constructor(identity: CaListenerOptions['identity']) {
    this.#server = createServer({ ...identity, minVersion: 'TLSv1.2' });
    this.#server.requestTimeout = REQUEST_TIMEOUT_MS;
    this.#server.headersTimeout = REQUEST_TIMEOUT_MS;
    this.#server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server.on('request', (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Requests wait until `serve` is called. */
  static async listen({ port, identity }: CaListenerOptions): Promise<CaListener> {
    const listener = new CaListener(identity);
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', reject);
      listener.#server.listen(port, '127.0.0.1', resolve);
    });
    return listener;
  }

  serve(answering: CaAnswering): void {
    this.#answering.resolve(answering);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer, done } = await this.#answering.promise;
    const question: HttpQuestion = {
      method: request.method ?? '',
      path: request.url ?? '',
      address: request.socket.remoteAddress ?? '',
      userAgent: request.headers['user-agent'],
      contentType: request.headers['content-type'],
      body: await readBody(request),
    };
    const delivery = await answer(question);
    done(question, delivery);
    const kind = delivery.kind === 'send' ? delivery.fault?.kind : delivery.kind;
    if (kind === 'hang' || kind === 'hang-after') return;
    if (delivery.kind !== 'send' || kind === 'drop-after') {
      response.destroy();
      return;
    }
    if (kind === 'slow') {
      await delay(delivery.fault?.slowMs ?? 1000, undefined, { signal: this.#closing.signal, ref: false });
    }
    const { status, headers, links, contentType, body } = delivery.answer;
    const sent = typeof body === 'string' || body instanceof Uint8Array ? body : '';
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers ?? {})) response.appendHeader(name, value);
    for (const link of links ?? []) response.appendHeader('Link', link);
    if (sent.length > 0 || kind === 'empty') response.setHeader('Content-Type', contentType ?? 'application/json');
    if (kind === 'endless') await this.#writeEndless(response);
    response.end(sent);
  }

  /** Spaces are good JSON so far: only a limit on the size stops the reader. */
  async #writeEndless(response: ServerResponse): Promise<void> {
    const piece = Buffer.alloc(65_536, ' ');
    for (let sent = 0; sent < ENDLESS_BYTES && !response.destroyed; sent += piece.length) {
      if (response.write(piece)) continue;
      await drained(response);
    }
  }
}

/** Resolves when there is room again, or nobody reads any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

/** Undefined if it is too long; the rest is then read away and forgotten. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= MOST_BODY_BYTES) pieces.push(piece);
  }
  return bytes <= MOST_BODY_BYTES ? Buffer.concat(pieces).toString('utf8') : undefined;
}
