// One authoritative name server on loopback: UDP and TCP on the same port, answering from the zones published to it.

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { answerMessage } from './dns-message.ts';
import type { ZoneContent } from './record-set.ts';
import { type IndexedZone, indexZone, lookUp } from './zone-lookup.ts';

export interface DnsServerOptions {
  /** @default '127.0.0.1' */
  readonly address?: string;
  /** @default 0, any free one */
  readonly port?: number;
}

const BIND_ATTEMPTS = 20;
const TCP_CONNECTIONS = 200;
const TCP_IDLE_MS = 10_000;
const LENGTH_BYTES = 2;

export class DnsServer {
  readonly address: string;
  readonly port: number;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();
  readonly #zones = new Map<string, IndexedZone>();
  #queries = 0;
  #silent = false;

  private constructor(udp: UdpSocket, tcp: Server) {
    const bound = udp.address();
    this.address = bound.address;
    this.port = bound.port;
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on('message', (message, from) => {
      const answer = this.#answer(message, 'udp');
      if (answer) udp.send(answer, from.port, from.address, () => undefined);
    });
    udp.on('error', () => undefined);
    tcp.maxConnections = TCP_CONNECTIONS;
    tcp.on('connection', (socket) => this.#serve(socket));
  }

  static async start({ address = '127.0.0.1', port = 0 }: DnsServerOptions = {}): Promise<DnsServer> {
    for (let attempt = 1; ; attempt += 1) {
      const tcp = createServer();
      tcp.listen(port, address);
      await once(tcp, 'listening');
      const udp = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      try {
        udp.bind((tcp.address() as AddressInfo).port, address);
        await once(udp, 'listening');
        return new DnsServer(udp, tcp);
      } catch (error) {
        // The port is free for TCP and taken for UDP: only another port helps.
        udp.close();
        tcp.close();
        if (port !== 0 || attempt >= BIND_ATTEMPTS) throw error;
      }
    }
  }

  /** How many messages came in, answered or not. */
  get queries(): number {
    return this.#queries;
  }

  /** What this server answers from now on for the zone; replaces what it held of it. */
  publish(zone: ZoneContent): void {
    this.#zones.set(zone.name, indexZone(zone));
  }

  /** `silent`: takes questions and answers none, as a server behind a filter does. */
  turn({ silent }: { readonly silent: boolean }): void {
    this.#silent = silent;
  }

  /** Resolves when both ports are free; may be called again. */
  async close(): Promise<void> {
    if (!this.#tcp.listening) return;
    for (const socket of this.#connections) socket.destroy();
    await Promise.all([
      new Promise<void>((done) => this.#udp.close(() => done())),
      new Promise<void>((done) => this.#tcp.close(() => done())),
    ]);
  }

  #answer(message: Buffer, transport: 'udp' | 'tcp'): Buffer | undefined {
    this.#queries += 1;
    if (this.#silent) return undefined;
    return answerMessage(message, transport, (name, type) => lookUp(this.#zones, name, type));
  }

  /** Messages over TCP carry their length in front (RFC 7766, 8); at most one message of 64 KB is held back. */
  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= LENGTH_BYTES && held.length >= LENGTH_BYTES + held.readUInt16BE(0)) {
        const end = LENGTH_BYTES + held.readUInt16BE(0);
        const answer = this.#answer(held.subarray(LENGTH_BYTES, end), 'tcp');
        held = held.subarray(end);
        if (answer) socket.write(withLength(answer));
      }
    });
  }
}

function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
