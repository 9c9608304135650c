// A TCP port of the server that stays its own for as long as the sandbox lives, whatever is or is not behind it.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/**
 * `open`: connections are handed on. `shut`: they are reset at once, as when nothing listens for a moment (the port stays taken, so that
 * nobody else gets it meanwhile). `closed`: nothing listens. `silent`: they stand, and nothing ever comes.
 */
export type DoorState = 'open' | 'shut' | 'closed' | 'silent';

const REOPEN_TRIES = 200;
const REOPEN_PAUSE_MS = 25;

export class TcpDoor {
  readonly port: number;
  readonly #visit: (socket: Socket) => void;
  readonly #inside = new Set<Socket>();
  #server: Server | undefined;
  #state: DoorState = 'open';

  private constructor(server: Server, port: number, visit: (socket: Socket) => void) {
    this.#server = server;
    this.port = port;
    this.#visit = visit;
    server.on('connection', (socket) => this.#enter(socket));
  }

  /** Port 0 takes any; only loopback. */
  static async open(port: number, visit: (socket: Socket) => void): Promise<TcpDoor> {
    const server = await listen(port);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('listener has no port');
    return new TcpDoor(server, address.port, visit);
  }

  get state(): DoorState {
    return this.#state;
  }

  /** Connections that already stand stay, except when the door is closed or shut. */
  async set(state: DoorState): Promise<void> {
    const before = this.#state;
    this.#state = state;
    if (state === 'closed' || state === 'shut') this.cutAll();
    if (state === 'closed' && before !== 'closed') await this.#stopListening();
    if (state !== 'closed' && !this.#server) await this.#listenAgain();
  }

  cutAll(): void {
    for (const socket of this.#inside) socket.destroy();
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.cutAll();
    await this.#stopListening();
  }

  #enter(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.#state === 'shut' || this.#state === 'closed') {
      socket.resetAndDestroy();
      return;
    }
    this.#inside.add(socket);
    socket.once('close', () => this.#inside.delete(socket));
    if (this.#state === 'silent') {
      socket.resume();
      return;
    }
    socket.setNoDelay(true);
    this.#visit(socket);
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server?.listening) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  }

  /** Somebody's outgoing connection may hold the port for a moment. */
  async #listenAgain(): Promise<void> {
    for (let left = REOPEN_TRIES; ; left -= 1) {
      try {
        const server = await listen(this.port);
        server.on('connection', (socket) => this.#enter(socket));
        this.#server = server;
        return;
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, REOPEN_PAUSE_MS));
      }
    }
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
