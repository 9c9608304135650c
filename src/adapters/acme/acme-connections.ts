// TLS connections to one authority, kept for the next request while they are young.

import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { Network } from '../../ports/network.ts';
import type { Deadline } from './acme-deadline.ts';

/**
 * Well below what servers grant (Node 5 s, nginx 75 s, Go without end): the less one has rested, the less likely it is that the other side
 * closes it while our request is on its way.
 */
export const MAX_IDLE_MS = 2_000;

/** Orders that run at the same time each use one; more than these rest with nobody. */
export const MAX_IDLE_CONNECTIONS = 16;

export interface ConnectionOptions {
  readonly network: Network;
  readonly target: { readonly host: string; readonly port: number };
  /** PEM, the only ones trusted; absent: Node's. */
  readonly roots: readonly string[] | undefined;
  /** Of the wall: a process that was frozen (Lambda) finds its connections old although no timer of its own has run. */
  readonly now: () => Date;
}

interface Resting {
  readonly socket: TLSSocket;
  readonly since: number;
  /** Takes the watch off it. */
  readonly wake: () => void;
  /** Closes it. */
  readonly drop: () => void;
}

export class AcmeConnections {
  readonly #options: ConnectionOptions;
  readonly #resting: Resting[] = [];
  /** Reading the roots takes longer than all the rest of a handshake. */
  readonly #secureContext: SecureContext;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { roots } = options;
    this.#secureContext = createSecureContext({ minVersion: 'TLSv1.2', ...(roots ? { ca: [...roots] } : {}) });
  }

  /** The youngest one that rests, or undefined. It is the caller's until it is kept again or destroyed. */
  take(): TLSSocket | undefined {
    for (let last = this.#resting.pop(); last; last = this.#resting.pop()) {
      last.wake();
      const age = this.#options.now().getTime() - last.since;
      if (age >= 0 && age < MAX_IDLE_MS && last.socket.writable && last.socket.readable) return last.socket;
      last.socket.destroy();
    }
    return undefined;
  }

  /** One whose last answer has been read to its end. A resting one holds no process open; if anything comes out of it, it is closed. */
  keep(socket: TLSSocket): void {
    const drop = () => {
      resting.wake();
      this.#resting.splice(this.#resting.indexOf(resting), 1);
      socket.destroy();
    };
    const events = ['data', 'end', 'close', 'error'];
    for (const event of events) socket.once(event, drop);
    const tooOld = setTimeout(drop, MAX_IDLE_MS);
    tooOld.unref();
    socket.unref();
    const wake = () => {
      clearTimeout(tooOld);
      socket.ref();
      for (const event of events) socket.off(event, drop);
    };
    const resting: Resting = { socket, since: this.#options.now().getTime(), wake, drop };
    this.#resting.push(resting);
    if (this.#resting.length > MAX_IDLE_CONNECTIONS) this.#resting[0]?.drop();
  }

  /** A new one; errors are those of the network port and of Node's TLS. */
  async open(deadline: Deadline): Promise<TLSSocket> {
    const { network, target } = this.#options;
    const connecting = network.connect(target, deadline.remainingMs());
    connecting.then(
      (late) => deadline.signal.aborted && late.destroy(),
      () => undefined,
    );
    const stream = await deadline.holds(connecting);
    stream.on('error', () => undefined);
    try {
      return await deadline.holds(secure(stream, target.host, this.#secureContext));
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }
}

function secure(stream: Duplex, host: string, secureContext: SecureContext): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = tlsConnect({
    socket: stream,
    host,
    // RFC 6066, 3: an address is never sent as server name.
    servername: isIP(host) === 0 ? host : '',
    secureContext,
    ALPNProtocols: ['http/1.1'],
  });
  const onClose = () => reject(new Error('connection closed during the TLS handshake'));
  socket.once('secureConnect', () => {
    socket.off('close', onClose);
    resolve(socket);
  });
  socket.on('error', reject);
  socket.once('close', onClose);
  return promise;
}
