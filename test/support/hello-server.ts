// A TCP server on loopback that says hello and then sends back what it is sent, and a free port beside it.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface HelloServer {
  readonly port: number;
  /** A loopback port that nothing listens at. */
  readonly closedPort: number;
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

export async function startHelloServer(): Promise<HelloServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.write('hello');
    socket.pipe(socket);
  });
  const other = createServer();
  const [port, closedPort] = [await listen(server), await listen(other)];
  await new Promise((resolve) => other.close(resolve));
  return {
    port,
    closedPort,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
