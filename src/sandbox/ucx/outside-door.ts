// The site port as the customer's router forwards it: to InfinityOne, to nowhere, or to another machine altogether.

import { createServer, type Server } from 'node:https';
import { connect, type Socket } from 'node:net';
import { type FactorySet, makeSelfSigned } from './factory-set.ts';
import { TcpDoor } from './tcp-door.ts';
import type { DialBoard } from './ucx-dials.ts';

/** Name on the certificate of the machine that is not the UCx. */
const OTHER_NAME = 'router.lan';

export class OutsideDoor {
  readonly #door: TcpDoor;
  readonly #dials: DialBoard;
  #other: Server | undefined;

  private constructor(door: TcpDoor, dials: DialBoard) {
    this.#door = door;
    this.#dials = dials;
  }

  /** `port` 0 takes any; connections go on to `sitePort`. */
  static async open(port: number, sitePort: number, dials: DialBoard): Promise<OutsideDoor> {
    const slot: { outside: OutsideDoor | undefined } = { outside: undefined };
    const door = await TcpDoor.open(port, (socket) => slot.outside?.visit(socket, sitePort));
    const outside = new OutsideDoor(door, dials);
    slot.outside = outside;
    await outside.#turned();
    dials.onTurn(() => outside.#turned());
    return outside;
  }

  get port(): number {
    return this.#door.port;
  }

  async close(): Promise<void> {
    await this.#door.close();
  }

  visit(socket: Socket, sitePort: number): void {
    if (this.#other) {
      this.#other.emit('connection', socket);
      return;
    }
    const onward = connect(sitePort, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    onward.on('error', () => socket.resetAndDestroy());
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  }

  async #turned(): Promise<void> {
    const { unreachableOutside, otherServerOutside } = this.#dials.now;
    if (!otherServerOutside) this.#other = undefined;
    else this.#other ??= otherServer(await makeSelfSigned(OTHER_NAME, new Date()));
    await this.#door.set(unreachableOutside ? 'closed' : 'open');
  }
}

function otherServer({ certificatePem, keyPem }: FactorySet): Server {
  const server = createServer({ cert: certificatePem, key: keyPem }, (_request, response) => response.end('router\n'));
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
