// Probes with a real TLS handshake that is as strict as a phone and bounded against hostile servers.

import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, getCACertificates, type TLSSocket } from 'node:tls';
import type { Network } from '../../ports/network.ts';
import type { Endpoint, Probes, ServedChain, Sighting } from '../../ports/probes.ts';
import { checkName, readServedChain } from './served-chain.ts';

export interface TlsProbesOptions {
  readonly network: Network;

  /** Roots a chain must lead to, PEM; `mozilla` = those that come with Node. No other certificate of ours helps a chain. */
  readonly roots: readonly string[] | 'mozilla';

  /** For connection and handshake together. */
  readonly timeoutMs: number;
}

/** How long a server may take to close after us. */
const FAREWELL_MS = 200;

/**
 * OpenSSL's names for what App Transport Security asks for: ECDHE with AES, or any suite of TLS 1.3, all of which have ephemeral keys
 * (https://developer.apple.com/documentation/security/preventing-insecure-network-connections).
 */
const APPLE_CIPHERS = 'ECDHE+AES:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';

/** Longest reason that is passed on: part of it can be a stranger's words. */
const MAX_WHY_LENGTH = 300;

/**
 * Trust is OpenSSL's verdict on the certificates sent and the given roots alone, at the machine's real time, plus what phones
 * ask for beyond it: a SAN that covers the name and the usage `serverAuth`. It does not cover revocation, certificate
 * transparency or the longest lifetime a platform allows.
 */
export class TlsProbes implements Probes {
  readonly #network: Network;
  readonly #roots: readonly string[] | 'mozilla';
  readonly #timeoutMs: number;

  constructor({ network, roots, timeoutMs }: TlsProbesOptions) {
    this.#network = network;
    this.#roots = roots;
    this.#timeoutMs = timeoutMs;
  }

  async outside(endpoint: Endpoint): Promise<Sighting> {
    const target = { host: endpoint.name, port: endpoint.port };
    return await this.#probe(endpoint, async () => await this.#network.connect(target, this.#timeoutMs));
  }

  async inside(endpoint: Endpoint, dial: (port: number) => Promise<Duplex>): Promise<Sighting> {
    return await this.#probe(endpoint, async () => await dial(endpoint.port));
  }

  async #probe(endpoint: Endpoint, dial: () => Promise<Duplex>): Promise<Sighting> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs);
    late.catch(() => undefined);
    const dialled = dial();
    try {
      const stream = await Promise.race([dialled, late]);
      return { kind: 'served', served: await this.#handshake(stream, endpoint, late) };
    } catch (error) {
      return { kind: 'unreachable', why: whyUnreachable(endpoint, error) };
    } finally {
      clearTimeout(timer);
      dialled.then(destroyQuietly, () => undefined);
    }
  }

  async #handshake(stream: Duplex, { name, as }: Endpoint, late: Promise<never>): Promise<ServedChain> {
    const socket = connect({
      socket: stream,
      ca: this.#roots === 'mozilla' ? getCACertificates('bundled') : [...this.#roots],
      // An untrusted chain is an answer, not a failure: it is judged after the handshake.
      rejectUnauthorized: false,
      checkServerIdentity: (_, certificate) => checkName(name, certificate),
      minVersion: 'TLSv1.2',
      ...(as === 'apple' ? { ciphers: APPLE_CIPHERS } : {}),
      // A server name is never an address (RFC 6066, 3).
      ...(isIP(name) === 0 ? { servername: name } : {}),
    });
    try {
      await Promise.race([untilSecure(socket, stream), late]);
      const served = readServedChain(socket);
      await Promise.race([farewell(socket), late]).catch(() => undefined);
      return served;
    } finally {
      destroyQuietly(socket);
    }
  }
}

async function untilSecure(socket: TLSSocket, stream: Duplex): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('secureConnect', resolve);
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('closed before the handshake was complete')));
  stream.once('error', reject);
  stream.once('close', () => reject(new Error('closed before the handshake was complete')));
  await promise;
}

/**
 * In TLS 1.3 we are done before the server is: cut off there, it logs a failed handshake, and whoever counts those may block us.
 * So the last message goes out, and what the server still sends is taken, until it closes too or a moment has passed.
 */
async function farewell(socket: TLSSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, FAREWELL_MS);
  socket.once('close', () => resolve());
  socket.once('error', () => resolve());
  socket.resume();
  socket.end();
  await promise.finally(() => clearTimeout(timer));
}

/** Nobody listens to what a closed stream still has to say; without a listener it would end the process. */
function destroyQuietly(stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

function whyUnreachable({ name, port }: Endpoint, error: unknown): string {
  const { reason, code, message } = error as NodeJS.ErrnoException & { readonly reason?: string };
  const said = reason ?? (code === undefined ? message : `${code}: ${message}`);
  const cause = (said ?? 'unknown cause').replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_WHY_LENGTH);
  return cause.startsWith('"') || cause.startsWith('address ') ? cause : `"${name}" port ${port}: ${cause}`;
}
