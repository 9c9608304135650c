// Events posted over HTTPS through the network port: one connection each, one deadline, nothing followed and nothing read.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { Problem, problemCode } from '../../domain/problem.ts';
import { onOneLine } from '../../domain/quoted-text.ts';
import type { Network } from '../../ports/network.ts';
import type { WebhookAnswer, Webhooks } from '../../ports/webhooks.ts';

export interface HttpsWebhooksOptions {
  readonly network: Network;

  /** PEM. @default - Node's */
  readonly roots?: readonly string[];

  /** Standard Webhooks asks for 15 to 30 s. @default 20000 */
  readonly timeoutMs?: number;
}

const MAX_HEADER_BYTES = 16 * 1024;

export class HttpsWebhooks implements Webhooks {
  readonly #options: HttpsWebhooksOptions;

  constructor(options: HttpsWebhooksOptions) {
    this.#options = options;
  }

  async post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<WebhookAnswer> {
    const { network, timeoutMs = 20_000 } = this.#options;
    const target = new URL(url);
    const host = target.hostname.replace(/^\[|\]$/g, '');
    let stream: Duplex | undefined;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      const connecting = network.connect({ host, port: Number(target.port || 443) }, timeoutMs);
      stream = await connecting;
      return await Promise.race([late.promise, this.#ask(stream, target, host, { headers, body })]);
    } catch (error) {
      if (problemCode(error) === 'address-refused') throw error;
      const said = error instanceof Error ? error.message : 'unknown fault';
      throw new Problem('webhook-unreachable', `${target.host}: ${onOneLine(said)}`);
    } finally {
      clearTimeout(timer);
      stream?.destroy();
    }
  }

  #ask(
    stream: Duplex,
    target: URL,
    host: string,
    event: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  ): Promise<WebhookAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<WebhookAnswer>();
    const { roots } = this.#options;
    stream.on('error', reject);
    const socket = tlsConnect({
      socket: stream,
      host,
      // RFC 6066, 3: an address is never sent as server name.
      servername: isIP(host) === 0 ? host : '',
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      ...(roots === undefined ? {} : { ca: [...roots] }),
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('connection closed before the answer')));
    socket.once('secureConnect', () => {
      const request = httpRequest({
        method: 'POST',
        path: `${target.pathname}${target.search}`,
        headers: {
          Host: target.host,
          'User-Agent': 'ucx-certs',
          'Content-Type': 'application/json',
          'Content-Length': String(Buffer.byteLength(event.body)),
          Connection: 'close',
          ...event.headers,
        },
        maxHeaderSize: MAX_HEADER_BYTES,
        createConnection: () => socket,
      });
      request.on('error', reject);
      request.once('response', (response) => {
        resolve(answerOf(response));
        response.destroy();
      });
      request.end(event.body);
    });
    return promise;
  }
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): WebhookAnswer {
  const seconds = /^\d{1,9}$/.exec(headers['retry-after']?.trim() ?? '')?.[0];
  return { status: statusCode, retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000 };
}
