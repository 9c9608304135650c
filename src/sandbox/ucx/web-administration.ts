// Apache of the UCx as seen from the wire: reads key and certificate at start and at a graceful reload, and only then.

import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { ServerLog } from './server-log.ts';
import { certificatesIn, fingerprintOf, webPaths } from './service-files.ts';
import { TcpDoor } from './tcp-door.ts';
import type { CountBook } from './ucx-counts.ts';
import type { DialBoard } from './ucx-dials.ts';

/**
 * `old` (before 2.4.8, as EL6 and EL7 have it): of SSLCertificateFile the leaf is sent, the chain comes from SSLCertificateChainFile alone.
 * `new`: what SSLCertificateFile holds is sent, and what SSLCertificateChainFile holds after it (https://httpd.apache.org/docs/2.4/mod/mod_ssl.html).
 */
export type ApacheAge = 'old' | 'new';

export interface WebOptions {
  readonly sslConf: string;
  readonly apache: ApacheAge;
  readonly dials: DialBoard;
  readonly counts: CountBook;
  readonly log: ServerLog;
}

interface Loaded {
  readonly server: Server;
  readonly fingerprint: string;
}

export class WebAdministration {
  readonly #options: WebOptions;
  readonly #door: TcpDoor;
  #loaded: Loaded | undefined;

  private constructor(options: WebOptions, door: TcpDoor, slot: { visit: (socket: Socket) => void }) {
    this.#options = options;
    this.#door = door;
    slot.visit = (socket) => {
      if (this.#loaded === undefined) socket.resetAndDestroy();
      else this.#loaded.server.emit('connection', socket);
    };
  }

  /** Down at first, with a port taken. */
  static async open(options: WebOptions): Promise<WebAdministration> {
    const slot = { visit: (socket: Socket): void => void socket.destroy() };
    const door = await TcpDoor.open(0, (socket) => slot.visit(socket));
    return new WebAdministration(options, door, slot);
  }

  get port(): number {
    return this.#door.port;
  }

  /** Fingerprint of the leaf new connections get; undefined while it is down. */
  served(): string | undefined {
    return this.#loaded?.fingerprint;
  }

  /** What `httpd -t` says; undefined = Syntax OK. */
  test(): string | undefined {
    if (this.#options.dials.now.webUnfit) return 'Syntax error on line 1 of /etc/httpd/conf.d/other.conf';
    try {
      this.#load();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : 'unknown';
    }
  }

  start(): void {
    try {
      this.#loaded = this.#load();
    } catch (error) {
      this.#loaded = undefined;
      this.#options.log.web(`did not start: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }

  /** As `kill -USR1`: what does not load ends it (https://httpd.apache.org/docs/2.4/stopping.html). */
  graceful(): void {
    this.#options.counts.add('webReloads');
    if (this.#options.dials.now.webKeepsOld) return;
    this.start();
    this.#options.log.web(`graceful, serving ${this.served() ?? 'nothing'}`);
  }

  stop(): void {
    this.#loaded = undefined;
    this.#door.cutAll();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#door.close();
  }

  #load(): Loaded {
    const { sslConf, apache, dials } = this.#options;
    const { certificate, key, chain } = webPaths(readFileSync(sslConf, 'utf8'));
    const own = certificatesIn(readFileSync(certificate, 'utf8'));
    const leaf = own[0];
    if (leaf === undefined) throw new Error(`Init: Unable to read server certificate from file ${certificate}`);
    const keyPem = readFileSync(key, 'utf8');
    if (!leaf.checkPrivateKey(createPrivateKey(keyPem))) throw new Error('SSL Library Error: key values mismatch');
    const isNew = this.#loaded !== undefined && fingerprintOf(leaf) !== this.#loaded.fingerprint;
    if (dials.now.webRefusesNewSet && isNew) throw new Error(`SSLCertificateFile: file ${certificate} does not please`);
    const extra = chain === undefined ? [] : certificatesIn(readFileSync(chain, 'utf8'));
    const sent: readonly X509Certificate[] = apache === 'old' ? [leaf, ...extra] : [...own, ...extra];
    const pem = [...new Set(sent.map(String))].join('');
    const server = createServer({ cert: pem, key: keyPem, minVersion: 'TLSv1.2' }, (_request, response) =>
      response.end('UCX Web-based Configuration Utility\n'),
    );
    server.on('secureConnection', (socket) => socket.on('error', () => undefined));
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.on('clientError', (_error, socket) => socket.destroy());
    return { server, fingerprint: fingerprintOf(leaf) };
  }
}
