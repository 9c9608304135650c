// What InfinityOne runs on one TLS connection after the other: HTTPS, and web sockets that are phones in a call.

import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { ServiceSet } from './service-files.ts';
import { answerSite, type SiteAnswers } from './site-pages.ts';

/** Does not listen: whoever has connections emits them on it. Calls under way are in `calls`. */
export function siteServer(set: ServiceSet, site: SiteAnswers, calls: Set<Socket>): Server {
  const server = createServer({ cert: set.chainPem, key: set.keyPem, minVersion: 'TLSv1.2' });
  server.on('request', (request, response) => answerSite(site, request, response));
  server.on('secureConnection', (socket) => socket.on('error', () => undefined));
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  // a phone that has dialled: its web socket stands for as long as the call
  server.on('upgrade', (_request, socket) => {
    const call = socket as Socket;
    calls.add(call);
    call.once('close', () => calls.delete(call));
    call.on('error', () => undefined);
    call.resume();
    call.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  });
  return server;
}
