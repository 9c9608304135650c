// The server's log files, as its administrator reads them: one line an event, bounded, no line breaks smuggled in.

import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MAX_LINE = 1_000;
const MAX_FILE_BYTES = 4 * 1024 * 1024;

export class ServerLog {
  readonly #folder: string;
  readonly #now: () => Date;

  constructor(folder: string, now: () => Date) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Logins, commands and file transfers. */
  secure(line: string): void {
    this.#append('secure', line);
  }

  infinityOne(line: string): void {
    this.#append('ucx/infinity_one.log', line);
  }

  web(line: string): void {
    this.#append('httpd.log', line);
  }

  #append(file: string, line: string): void {
    const path = join(this.#folder, file);
    const clean = line.replace(/[^\x20-\x7e]/g, ' ').slice(0, MAX_LINE);
    appendFileSync(path, `${this.#now().toISOString()} ${clean}\n`, { mode: 0o640 });
    if (statSync(path).size > MAX_FILE_BYTES) renameSync(path, `${path}.1`);
  }
}
