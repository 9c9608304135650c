// TLS and not-quite-TLS servers on loopback, and streams to them, for tests of those who read a handshake.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface TestServer {
  readonly port: number;
  readonly serverNames: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Serves whatever set it is given, also one that no client should trust. */
export async function startTlsServer(options: TlsOptions): Promise<TestServer> {
  const serverNames: string[] = [];
  const server = createTlsServer(options, (socket) => {
    serverNames.push(socket.servername === false ? '' : (socket.servername ?? ''));
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => undefined);
  return { ...(await started(server)), serverNames: () => serverNames };
}

/** Does with each connection what it is told. */
export async function startRawServer(onConnection: (socket: Socket) => void): Promise<TestServer> {
  return { ...(await started(createServer(onConnection))), serverNames: () => [] };
}

/** A stream to a loopback port that is no socket, as a channel through SSH is none. */
export async function dialAsChannel(port: number): Promise<Duplex> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const channel = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _encoding, done) => void socket.write(chunk, () => done()),
    final: (done) => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => void (channel.push(chunk) || socket.pause()));
  socket.on('end', () => channel.push(null));
  socket.on('error', (error) => channel.destroy(error));
  socket.on('close', () => channel.destroy());
  return channel;
}

async function started(server: Server): Promise<Omit<TestServer, 'serverNames'>> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
