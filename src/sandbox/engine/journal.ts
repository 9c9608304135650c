// A file of JSON lines that can be cut off at any byte: what `append` acknowledged is read back, a torn last line is not.

import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { Problem } from '../../domain/problem.ts';

const NEWLINE = 0x0a;

export class Journal {
  readonly #path: string;
  /** Bytes that were acknowledged; anything behind them is the rest of a write that never was. */
  #length: number;

  private constructor(path: string, length: number) {
    this.#path = path;
    this.#length = length;
  }

  /** A journal without a line; the file comes with the first `append`, replacing what an unfinished one left. */
  static create(path: string): Journal {
    return new Journal(path, 0);
  }

  /** The lines of an existing file, in order. A damaged line that is not the last is a `state-damaged` problem. */
  static read(path: string): { readonly journal: Journal; readonly lines: readonly unknown[] } {
    const bytes = readFileSync(path);
    const length = bytes.lastIndexOf(NEWLINE) + 1;
    const texts = bytes.subarray(0, length).toString('utf8').split('\n').slice(0, -1);
    const lines = texts.map((text, index) => parseLine(text, `line ${index + 1} of "${basename(path)}"`));
    return { journal: new Journal(path, length), lines };
  }

  /**
   * Returns when the line is on the disk. Synchronous on purpose: between what is written and what is acknowledged nothing
   * else runs, and a test's fake clock cannot run ahead of the disk.
   */
  append(line: unknown): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    const file = openSync(this.#path, constants.O_WRONLY | constants.O_CREAT, 0o600);
    try {
      if (fstatSync(file).size > this.#length) ftruncateSync(file, this.#length);
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(file, bytes, written, bytes.length - written, this.#length + written);
      }
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    if (this.#length === 0) syncFolder(dirname(this.#path));
    this.#length += bytes.length;
  }
}

function parseLine(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem('state-damaged', `${where} is not JSON`, { cause });
  }
}

/** A new file is only certain to be found after a power cut once its folder is on the disk; Windows cannot do it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
