// InfinityOne as seen from the wire: reads its certificate at start, serves HTTPS and calls on the site port, drops both at a restart.

import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { watchFiles } from './file-watch.ts';
import type { ServerLog } from './server-log.ts';
import {
  certificatesIn,
  type ErlangAge,
  fingerprintOf,
  loadSet,
  readSet,
  type ServicePaths,
  type ServiceSet,
  type ServiceUser,
  type SetOnDisk,
  servicePaths,
} from './service-files.ts';
import type { SiteAnswers } from './site-pages.ts';
import { siteServer } from './site-server.ts';
import { TcpDoor } from './tcp-door.ts';
import type { CountBook } from './ucx-counts.ts';
import type { DialBoard } from './ucx-dials.ts';

export interface InfinityOneOptions {
  readonly sitePort: number;
  readonly sslConf: string;
  readonly user: ServiceUser;
  readonly erlang: ErlangAge;
  readonly site: SiteAnswers;
  readonly factoryPem: string;
  readonly dials: DialBoard;
  readonly counts: CountBook;
  readonly log: ServerLog;
}

interface Running {
  readonly server: Server;
  readonly set: ServiceSet;
  readonly paths: ServicePaths;
  /** As read at start; the CA file is never read again. */
  readonly cacertfilePem: string;
}

export class InfinityOne {
  readonly #options: InfinityOneOptions;
  readonly #door: TcpDoor;
  readonly #calls = new Set<Socket>();
  #running: Running | undefined;
  #coming: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #watching: NodeJS.Timeout | undefined;
  /** Sets taken although `refusesNewChain` is on. */
  #accepted: ReadonlySet<string>;
  /** While replaced files do not fit together yet, new connections are refused. */
  #refusing = false;

  private constructor(options: InfinityOneOptions, door: TcpDoor, slot: { visit: (socket: Socket) => void }) {
    this.#options = options;
    this.#door = door;
    this.#accepted = new Set(certificatesIn(options.factoryPem).map(fingerprintOf));
    slot.visit = (socket) => this.#visit(socket);
    options.dials.onTurn(async (dials) => {
      if (dials.refusesNewChain === 'no') return;
      const served = this.served();
      if (served) this.#accepted = new Set([...this.#accepted, served]);
    });
  }

  /** Down at first, with the port taken. */
  static async open(options: InfinityOneOptions): Promise<InfinityOne> {
    const slot = { visit: (socket: Socket): void => void socket.destroy() };
    const door = await TcpDoor.open(options.sitePort, (socket) => slot.visit(socket));
    await door.set('shut');
    return new InfinityOne(options, door, slot);
  }

  get port(): number {
    return this.#door.port;
  }

  get up(): boolean {
    return this.#running !== undefined;
  }

  /** Fingerprint of the leaf that new connections get, or undefined while it is down. */
  served(): string | undefined {
    return this.#running?.set.fingerprint;
  }

  /** Calls of phones (set by hand) and connections really open. */
  get calls(): number {
    return this.#running ? this.#options.counts.calls + this.#calls.size : 0;
  }

  /** Comes up after `restartMs`, if its files load; nothing happens when it is up or coming up. */
  start(): void {
    const { restartMs, infinityOneAbsent } = this.#options.dials.now;
    if (this.#running || this.#coming || infinityOneAbsent) return;
    this.#coming = setTimeout(() => {
      this.#boot();
      this.#settle();
    }, restartMs);
  }

  /** Resolves when it is neither coming up nor about to: it is up, or it is down. */
  async settled(): Promise<void> {
    if (this.#coming) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  restart(): void {
    this.#options.counts.add('restarts');
    this.#options.log.infinityOne('restart asked for');
    this.stop();
    this.start();
  }

  /** Down at once; calls are dropped. */
  stop(): void {
    clearTimeout(this.#coming);
    clearInterval(this.#watching);
    this.#settle();
    if (!this.#running) return;
    const dropped = this.calls;
    this.#running = undefined;
    this.#refusing = false;
    if (dropped > 0) this.#options.counts.add('callsDropped', dropped);
    this.#options.counts.setCalls(0);
    void this.#door.set('shut');
    this.#options.log.infinityOne(`stopped, ${dropped} calls dropped`);
  }

  async close(): Promise<void> {
    this.stop();
    await this.#door.close();
  }

  #settle(): void {
    this.#coming = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #boot(): void {
    const { restartFails, refusesNewChain } = this.#options.dials.now;
    if (restartFails !== 'no') {
      if (restartFails === 'once') this.#options.dials.spend({ restartFails: 'no' });
      this.#failed('node infinity_one is not responding to pings');
      return;
    }
    try {
      const paths = servicePaths(readFileSync(this.#options.sslConf, 'utf8'));
      const files = readSet(paths, this.#options.user);
      const set = loadSet(files, this.#options.erlang);
      if (refusesNewChain === 'down' && !this.#accepted.has(set.fingerprint)) {
        this.#failed('ssl options rejected: {error, {bad_cert, unknown_critical_extension}}');
        return;
      }
      const server = siteServer(set, this.#options.site, this.#calls);
      this.#up({ server, set, paths, cacertfilePem: files.cacertfilePem }, files);
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : 'unknown');
    }
  }

  #up(running: Running, files: SetOnDisk): void {
    this.#running = running;
    this.#options.counts.add('starts');
    this.#options.log.infinityOne(`started, serving ${running.set.fingerprint}`);
    void this.#door.set('open');
    const { user, dials } = this.#options;
    this.#watching = watchFiles({
      // the CA file is never read again
      read: () => readSet({ ...running.paths, cacertfile: running.paths.certfile }, user),
      started: files,
      afterMs: () => dials.now.picksUpFilesMs,
      changed: (now) => this.#pickUp(running, now),
    });
  }

  #failed(why: string): void {
    this.#options.counts.add('failedStarts');
    this.#options.log.infinityOne(`did not come up: ${why}`);
  }

  #crash(): void {
    if (!this.#running) return;
    this.#failed('crashed at the first handshake');
    this.stop();
  }

  #visit(socket: Socket): void {
    if (!this.#running || this.#refusing) {
      socket.resetAndDestroy();
      return;
    }
    const { server, set } = this.#running;
    if (this.#options.dials.now.refusesNewChain === 'crashes' && !this.#accepted.has(set.fingerprint)) {
      socket.once('data', () => this.#crash());
      return;
    }
    server.emit('connection', socket);
  }

  /** New connections get what is on disk now, or are refused while that does not fit together. */
  #pickUp(running: Running, files: SetOnDisk | undefined): void {
    if (this.#running?.server !== running.server) return;
    try {
      if (!files) throw new Error('files cannot be read');
      const set = loadSet({ ...files, cacertfilePem: running.cacertfilePem }, this.#options.erlang);
      running.server.setSecureContext({ cert: set.chainPem, key: set.keyPem, minVersion: 'TLSv1.2' });
      this.#refusing = false;
      this.#running = { ...running, set };
      this.#options.log.infinityOne(`picked up replaced files, serving ${set.fingerprint}`);
    } catch {
      this.#refusing = true;
    }
  }
}
