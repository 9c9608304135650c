// How commands on the server reach the sandbox: a folder of requests and answers, which needs no program but sh.

import { type FSWatcher, readdirSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from './ucx-folder.ts';

export interface SpoolAnswer {
  readonly exitCode: number;
  readonly text: string;
}

/** A missed notice of the operating system is made good within this time. */
const LOOK_AGAIN_MS = 250;

/**
 * A request is an empty folder `<verb>~<process id>` (also a full disk takes one), an answer a file `answer~<process id>`: exit code on
 * the first line, text on the others. While no sandbox runs, the machine is off, and whoever asks waits.
 */
export function askScript(spool: string): string {
  return `# asks the machine: ask <verb>
ask() {
  mkdir "${spool}/$1~$$" 2>/dev/null || return 1
  tries=0
  while [ ! -f "${spool}/answer~$$" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ]; then sleep 0.01 2>/dev/null || sleep 1; fi
    if [ "$tries" -gt 12000 ]; then return 1; fi
  done
  { read -r code; cat; } < "${spool}/answer~$$"
  rm -f "${spool}/answer~$$"
  return "$code"
}
`;
}

export class CommandSpool {
  readonly #folder: string;
  readonly #answer: (verb: string) => SpoolAnswer | undefined;
  readonly #watcher: FSWatcher;
  readonly #timer: NodeJS.Timeout;

  /** What was asked while the machine was off is forgotten. Without an answer whoever asked waits on. */
  constructor(folder: string, answer: (verb: string) => SpoolAnswer | undefined) {
    this.#folder = folder;
    this.#answer = answer;
    this.clear();
    this.#watcher = watch(folder, { persistent: false }, () => this.#look());
    this.#watcher.on('error', () => undefined);
    this.#timer = setInterval(() => this.#look(), LOOK_AGAIN_MS);
    this.#timer.unref();
  }

  clear(): void {
    for (const name of this.#names()) rmSync(join(this.#folder, name), { recursive: true, force: true });
  }

  close(): void {
    this.#watcher.close();
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const name of this.#names()) {
      const [verb, pid] = name.split('~');
      if (!verb || !pid || verb === 'answer' || verb === 'new') continue;
      rmSync(join(this.#folder, name), { recursive: true, force: true });
      const answer = this.#answer(verb);
      if (!answer) continue;
      const beside = join(this.#folder, `new~${pid}`);
      writeFileSync(beside, `${answer.exitCode}\n${answer.text}`);
      renameSync(beside, join(this.#folder, `answer~${pid}`));
    }
  }

  /** Nobody asks any more once the folder is taken away. */
  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
}
