// A customer's UCx on one machine: a real directory tree, sshd, InfinityOne on its site port, and dials for what goes wrong there.

import { rm, writeFile } from 'node:fs/promises';
import type { ConnectionProfile } from '../../ports/appliances.ts';
import { CommandSpool, type SpoolAnswer } from './command-spool.ts';
import type { UcxCounts } from './ucx-counts.ts';
import type { UcxDials } from './ucx-dials.ts';
import { assembleUcx, type SandboxUcxOptions, type UcxParts } from './ucx-parts.ts';

export type { SandboxUcxOptions } from './ucx-parts.ts';

export class SandboxUcx {
  readonly #parts: UcxParts;
  readonly #spool: CommandSpool;
  #booting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: UcxParts) {
    this.#parts = parts;
    this.#spool = new CommandSpool(parts.folder.spool, (verb) => this.#obey(verb));
    parts.dials.onTurn((dials) => this.#mark(dials));
  }

  /**
   * A new server out of the factory, or the one that is in the folder, which then has lost its power and boots. Resolves when it has
   * booted and InfinityOne is up or has failed to come up.
   */
  static async start(options: SandboxUcxOptions): Promise<SandboxUcx> {
    const ucx = new SandboxUcx(await assembleUcx(options));
    await ucx.#mark(ucx.#parts.dials.now);
    await ucx.#boot();
    return ucx;
  }

  get sshPort(): number {
    return this.#parts.ssh.port;
  }

  /** Where InfinityOne listens on this machine's loopback, whatever the port is called outside. */
  get sitePort(): number {
    return this.#parts.infinityOne.port;
  }

  /** SHA-256 of the leaf Apache sends, lower hex; undefined while it is down. */
  servedByWeb(): string | undefined {
    return this.#parts.web.served();
  }

  /** Somebody installs InfinityOne: it starts with the files that are there. */
  async installInfinityOne(): Promise<void> {
    await this.turn({ infinityOneAbsent: false });
    this.#parts.infinityOne.start();
    await this.#parts.infinityOne.settled();
  }

  /** An administrator presses RESTART THE SERVER. */
  pressRestart(): void {
    this.#parts.infinityOne.restart();
  }

  /** What logrotate does to Apache at night. */
  rotateLogs(): void {
    this.#parts.web.graceful();
  }

  /** Where Apache listens on this machine's loopback. */
  get webPort(): number {
    return this.#parts.web.port;
  }

  /** Where a phone outside gets to it. */
  get outsidePort(): number {
    return this.#parts.outside.port;
  }

  /** Of the key shown now: `SHA256:…`. */
  get hostKey(): string {
    const { dials, hostKeys } = this.#parts;
    return dials.now.hostKeyChanged ? hostKeys.changed : hostKeys.usual;
  }

  /** The server's `/` as a real directory. */
  get root(): string {
    return this.#parts.folder.root;
  }

  /** For running its commands here without SSH: its own programs come first, and its processes can be found by it. */
  get env(): Readonly<Record<string, string>> {
    return this.#parts.processes.environment;
  }

  get profile(): ConnectionProfile {
    return this.#parts.profile;
  }

  get dials(): UcxDials {
    return this.#parts.dials.now;
  }

  /** Resolves when the new setting holds. */
  async turn(dials: Partial<UcxDials>): Promise<void> {
    await this.#parts.dials.turn(dials);
  }

  counts(): UcxCounts {
    return this.#parts.counts.counts;
  }

  /** Calls of phones that need no connection here; a restart drops them. */
  setCalls(calls: number): void {
    this.#parts.counts.setCalls(calls);
  }

  /** SHA-256 of the leaf new connections get, lower hex; undefined while InfinityOne is down. */
  served(): string | undefined {
    return this.#parts.infinityOne.served();
  }

  /** An administrator takes every address off the block list. */
  unblock(): void {
    this.#parts.counts.clearFailures();
  }

  /** All SSH connections end at once; what they started runs on. */
  cutSsh(): void {
    this.#parts.ssh.cut();
  }

  /** Command lines of everything that runs on the server, as `ps` shows them. */
  processes(): readonly string[] {
    return this.#parts.processes.list().map(({ command }) => command);
  }

  /**
   * The power goes and comes back: nothing that ran is left, connections end, then it boots. Resolves when InfinityOne is up or has
   * failed to come up. During a reboot it is the reboot already under way.
   */
  async reboot(): Promise<void> {
    this.#booting ??= this.#powerCycle().finally(() => {
      this.#booting = undefined;
    });
    await this.#booting;
  }

  /** Ends all of it, its processes included; what is on its disk stays. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    await this.#closing;
  }

  async #shutDown(): Promise<void> {
    this.#spool.close();
    await this.#booting;
    const { ssh, outside, infinityOne, web, processes } = this.#parts;
    await Promise.all([ssh.close(), outside.close(), infinityOne.close(), web.close()]);
    await processes.close();
  }

  async #powerCycle(): Promise<void> {
    const { ssh, infinityOne, web, processes, dials } = this.#parts;
    // at once and first: nobody gets one line further
    processes.killAll();
    infinityOne.stop();
    web.stop();
    await ssh.down();
    this.#spool.clear();
    await new Promise((resolve) => setTimeout(resolve, dials.now.bootMs));
    if (!this.#closing) await this.#boot();
  }

  async #boot(): Promise<void> {
    const { counts, infinityOne, web, ssh } = this.#parts;
    counts.add('boots');
    infinityOne.start();
    web.start();
    await ssh.up();
    await infinityOne.settled();
  }

  #obey(verb: string): SpoolAnswer | undefined {
    const { infinityOne, web, ssh } = this.#parts;
    switch (verb) {
      case 'web-test': {
        const fault = web.test();
        return fault === undefined ? { exitCode: 0, text: 'Syntax OK\n' } : { exitCode: 1, text: `${fault}\n` };
      }
      case 'web-graceful':
        web.graceful();
        return { exitCode: 0, text: '' };
      case 'status':
        return infinityOne.up
          ? { exitCode: 0, text: 'infinity_one is running\npong\n' }
          : { exitCode: 3, text: "Node 'infinity_one' not responding to pings.\n" };
      case 'restart':
        infinityOne.restart();
        return { exitCode: 0, text: 'Restarting infinity_one: [  OK  ]\n' };
      case 'start':
        infinityOne.start();
        return { exitCode: 0, text: 'Starting infinity_one: [  OK  ]\n' };
      case 'stop':
        infinityOne.stop();
        return { exitCode: 0, text: 'Stopping infinity_one: [  OK  ]\n' };
      case 'calls':
        return { exitCode: 0, text: `${infinityOne.calls}\n` };
      case 'cut-ssh':
        ssh.cut();
        return { exitCode: 0, text: '' };
      case 'reboot':
        void this.reboot();
        return undefined;
      default:
        return { exitCode: 127, text: '' };
    }
  }

  async #mark({ diskFull, pushBlocked }: UcxDials): Promise<void> {
    const { diskFullFlag, pushBlockedFlag } = this.#parts.folder;
    const flags: readonly (readonly [string, boolean])[] = [
      [diskFullFlag, diskFull],
      [pushBlockedFlag, pushBlocked],
    ];
    for (const [flag, isUp] of flags) {
      if (isUp) await writeFile(flag, '');
      else await rm(flag, { force: true });
    }
  }
}
