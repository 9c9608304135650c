// The wire between a visitor and the server: as slow as it is told, and cut after as many bytes as it is told.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface CableOptions {
  /** Milliseconds each packet to the server takes longer. */
  readonly delayMs: () => number;
  /** Called with every packet's size, both ways; true cuts the connection before the packet gets through. */
  readonly cuts: (bytes: number) => boolean;
}

export class SlowCable extends Duplex {
  readonly #socket: Socket;
  readonly #options: CableOptions;
  /** The end of the queue of packets under way, so that none overtakes another. */
  #underWay: Promise<void> = Promise.resolve();

  constructor(socket: Socket, options: CableOptions) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (packet: Buffer) => this.#arrive(packet));
    socket.on('end', () => this.#afterAll(() => this.push(null)));
    socket.on('close', () => this.destroy());
    this.on('error', () => undefined);
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.#socket.remoteFamily;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(packet: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#options.cuts(packet.length)) {
      this.#socket.destroy();
      done();
      return;
    }
    this.#socket.write(packet, (error) => done(error));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #arrive(packet: Buffer): void {
    if (this.#options.cuts(packet.length)) {
      this.#socket.destroy();
      return;
    }
    this.#afterAll(() => {
      if (!this.push(packet)) this.#socket.pause();
    });
  }

  #afterAll(act: () => void): void {
    const delayMs = this.#options.delayMs();
    this.#underWay = this.#underWay.then(async () => {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (!this.destroyed) act();
    });
  }
}
