// What issuers publish, over plain HTTP: bounded in bytes and time, nothing followed, and through the network port alone.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Network } from '../../ports/network.ts';
import type { PublishedIssuers } from '../../ports/published-issuers.ts';

export interface HttpPublishedIssuersOptions {
  readonly network: Network;

  /** @default 5000 */
  readonly timeoutMs?: number;
}

const MAX_URL = 500;
const MAX_HEADER_BYTES = 16 * 1024;

export class HttpPublishedIssuers implements PublishedIssuers {
  readonly #options: HttpPublishedIssuersOptions;

  constructor(options: HttpPublishedIssuersOptions) {
    this.#options = options;
  }

  async find(url: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const { network, timeoutMs = 5_000 } = this.#options;
    if (url.length > MAX_URL || !URL.canParse(url)) return undefined;
    const target = new URL(url);
    if (target.protocol !== 'http:' || target.username !== '') return undefined;
    let stream: Duplex | undefined;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
    try {
      const host = target.hostname.replace(/^\[|\]$/g, '');
      stream = await network.connect({ host, port: Number(target.port || 80) }, timeoutMs);
      return await Promise.race([late.promise, get(stream, target, maxBytes)]);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
      stream?.destroy();
    }
  }
}

function get(stream: Duplex, target: URL, maxBytes: number): Promise<Uint8Array | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>();
  stream.on('error', reject);
  const request = httpRequest({
    path: `${target.pathname}${target.search}`,
    headers: { Host: target.host, 'User-Agent': 'ucx-certs', Connection: 'close' },
    maxHeaderSize: MAX_HEADER_BYTES,
    createConnection: () => stream as never,
  });
  request.on('error', reject);
  request.once('response', (response) => resolve(response.statusCode === 200 ? bodyOf(response, maxBytes) : undefined));
  request.end();
  return promise;
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    bytes += (part as Buffer).length;
    if (bytes > maxBytes) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}
