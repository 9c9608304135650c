// What happened to one sandbox UCx so far: on disk before anyone can see the effect, so it survives a kill.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from './ucx-folder.ts';

export interface UcxCounts {
  /** Restarts asked for by command; a start at boot is none. */
  readonly restarts: number;
  /** Times InfinityOne came up, for whatever reason. */
  readonly starts: number;
  /** Times it was started and stayed down, or crashed. */
  readonly failedStarts: number;
  /** Times the machine booted, the first time included. */
  readonly boots: number;
  readonly callsDropped: number;
  /** Graceful reloads of Apache. */
  readonly webReloads: number;
  readonly sshConnections: number;
  /** Connections that were let in. */
  readonly sshLogins: number;
  /** Refused attempts of every method, `none` included. */
  readonly sshAuthFailures: number;
  /** Connections turned away because their address is on the block list. */
  readonly sshBlocked: number;
  readonly commands: number;
  /** Bytes received by SFTP writes. */
  readonly bytesWritten: number;
}

interface Kept {
  readonly counts: UcxCounts;
  readonly calls: number;
  /** Points in time (ms) of refused attempts, by address. */
  readonly failuresAt: Readonly<Record<string, readonly number[]>>;
}

const NOTHING_YET: Kept = {
  counts: {
    restarts: 0,
    starts: 0,
    failedStarts: 0,
    boots: 0,
    callsDropped: 0,
    webReloads: 0,
    sshConnections: 0,
    sshLogins: 0,
    sshAuthFailures: 0,
    sshBlocked: 0,
    commands: 0,
    bytesWritten: 0,
  },
  calls: 0,
  failuresAt: {},
};

export class CountBook {
  readonly #path: string;
  #kept: Kept;

  constructor(machineFolder: string) {
    this.#path = join(machineFolder, 'counts.json');
    this.#kept = readKept(this.#path);
  }

  get counts(): UcxCounts {
    return this.#kept.counts;
  }

  /** Calls of phones as set by hand, besides the connections really open. */
  get calls(): number {
    return this.#kept.calls;
  }

  add(what: keyof UcxCounts, howMany = 1): void {
    const counts = { ...this.#kept.counts, [what]: this.#kept.counts[what] + howMany };
    this.#keep({ ...this.#kept, counts });
  }

  setCalls(calls: number): void {
    this.#keep({ ...this.#kept, calls });
  }

  failuresOf(address: string): readonly number[] {
    return this.#kept.failuresAt[address] ?? [];
  }

  setFailures(address: string, failuresAt: readonly number[]): void {
    this.#keep({ ...this.#kept, failuresAt: { ...this.#kept.failuresAt, [address]: failuresAt } });
  }

  clearFailures(): void {
    this.#keep({ ...this.#kept, failuresAt: {} });
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    const beside = `${this.#path}.new`;
    writeFileSync(beside, JSON.stringify(kept), { mode: 0o600 });
    renameSync(beside, this.#path);
  }
}

function readKept(path: string): Kept {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    return { ...NOTHING_YET, ...kept, counts: { ...NOTHING_YET.counts, ...kept.counts } };
  } catch (error) {
    if (isMissing(error)) return NOTHING_YET;
    throw error;
  }
}
