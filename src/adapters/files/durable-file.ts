// A new file that is on the disk whole before anyone can see it, and never takes another's place.

import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface NewFile {
  readonly path: string;
  /** Where it is written first: a path nobody else uses, on the same file system. */
  readonly unfinished: string;
  /** One after the other. */
  readonly content: readonly Uint8Array[];
}

/**
 * Resolves once the file (mode 0600) and its name are on the disk. A file that stands at the path is left alone and is an error with code
 * `EEXIST`: link(2) is the one call that both refuses an existing name and shows a file whole.
 */
export async function placeNewFile({ path, unfinished, content }: NewFile): Promise<void> {
  try {
    await writeThrough(unfinished, content);
    await link(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncFolder(dirname(path));
}

/** Makes names in the folder durable. Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `ENOENT` and its like; undefined for anything that is not an error of the file system. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

async function writeThrough(path: string, content: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    for (const part of content) await handle.appendFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
