// Lets a program that knows only the real address of Route 53 reach the sandbox: an HTTPS proxy, and TLS in that address's name.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { makeRoot } from '../test/support/leaves.ts';

const AWS_HOST = 'route53.amazonaws.com';

export interface AwsFront {
  /** For `HTTPS_PROXY`. */
  readonly proxyUrl: string;
  /** PEM of the root that vouches for the address, for `SSL_CERT_FILE`. */
  readonly rootPem: string;
  close(): Promise<void>;
}

/** Every byte goes on to `endpoint` as it came, so that signatures hold; CONNECT to any other host is refused. */
export async function openAwsFront(endpoint: string): Promise<AwsFront> {
  const root = await makeRoot();
  const leaf = await root.leaf({ names: [AWS_HOST] });
  const sockets = new Set<Duplex>();
  const join = (one: Duplex, other: Duplex) => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  };
  const tls = createTlsServer({ key: leaf.keyPem, cert: leaf.chainPem }, (socket) =>
    join(socket, connect(Number(new URL(endpoint).port), '127.0.0.1')),
  );
  const proxy = createHttpServer((_, response) => response.writeHead(405).end());
  proxy.on('connect', (request, socket: Socket) => {
    if (request.url !== `${AWS_HOST}:443`) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const inner = connect((tls.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(socket, inner);
    });
    inner.on('error', () => socket.destroy());
  });
  for (const server of [tls, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return {
    proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    rootPem: root.pem,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([tls, proxy].map((server) => new Promise((done) => server.close(done))));
    },
  };
}
