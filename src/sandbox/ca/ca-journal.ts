// A file of JSON lines to which changes are added; a change counts once its whole line is on disk, and survives kill -9.

import { constants, type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * `read` gives the values of every whole line of an earlier life. A last line without its end was never acknowledged
 * and is left out; a line in the middle that is no JSON means the file was changed by others and is an error.
 */
export async function readJournal(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const whole = text.split('\n').slice(0, -1);
  return whole.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (cause) {
      throw new Error(`line ${index + 1} of ${path} is not JSON`, { cause });
    }
  });
}

/** Writes beside and renames, so that the file is the old one or the new one at every moment. Mode 0600. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

export class CaJournal {
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #broken: Error | undefined;
  #closed = false;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Begins with `values` alone: what was there is replaced in one act, then lines are added. */
  static async begin(folder: string, name: string, values: readonly unknown[]): Promise<CaJournal> {
    const path = join(folder, name);
    await writeWhole(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    return new CaJournal(await open(path, constants.O_WRONLY | constants.O_APPEND));
  }

  /** Returns before the line is on disk; `kept` says when it is. */
  add(value: unknown): void {
    if (this.#closed) return;
    this.#waiting.push(`${JSON.stringify(value)}\n`);
    if (this.#waiting.length === 1) this.#writing = this.#writing.then(() => this.#writeWaiting());
  }

  /** Resolves when everything added so far is on disk; rejects for ever after one write failed. */
  async kept(): Promise<void> {
    await this.#writing;
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** What is added later is not written. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    await this.#file.close();
  }

  async #writeWaiting(): Promise<void> {
    const lines = this.#waiting.join('');
    this.#waiting = [];
    if (this.#broken !== undefined) return;
    try {
      await this.#file.appendFile(lines);
      await this.#file.datasync();
    } catch (cause) {
      this.#broken = new Error('the state of the CA could not be written', { cause });
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  // Windows cannot open a folder; its renames are kept by the file system's own journal.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
