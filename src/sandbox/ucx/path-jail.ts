// Paths as a visitor of the server writes them, turned into real ones inside the server's tree, or refused.

import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { isMissing } from './ucx-folder.ts';

export class OutsideError extends Error {}

export class PathJail {
  readonly #root: string;
  readonly #home: string;

  constructor(root: string, home: string) {
    this.#root = root;
    this.#home = home;
  }

  /** Where the path leads in the end, links followed; the last part may not exist yet, but must not be a link to nowhere. */
  async followed(path: string): Promise<string> {
    const entry = await this.entry(path);
    try {
      return await this.#inside(await realpath(entry));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    if (await isLink(entry)) throw new OutsideError(`link to nowhere: ${path}`);
    return entry;
  }

  /** The folder entry itself, be it a link or missing; links on the way to it are followed. */
  async entry(path: string): Promise<string> {
    const wanted = resolve(this.#home, path);
    const root = await realpath(this.#root);
    const lexical = this.#lexical(wanted, root);
    if (lexical === root) return root;
    const folder = await this.#inside(await realpath(dirname(lexical)));
    return join(folder, basename(lexical));
  }

  async #inside(real: string): Promise<string> {
    const root = await realpath(this.#root);
    if (real !== root && !real.startsWith(root + sep)) throw new OutsideError(`outside of the server: ${real}`);
    return real;
  }

  /** Refuses without looking what is on the disk outside. */
  #lexical(wanted: string, root: string): string {
    for (const start of [root, this.#root]) {
      if (wanted === start) return root;
      if (wanted.startsWith(start + sep)) return join(root, wanted.slice(start.length + 1));
    }
    throw new OutsideError(`outside of the server: ${wanted}`);
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
