// How files look over SFTP: their attributes, the flags they are opened with, the entries of a folder.

import { constants } from 'node:fs';
import { chmod, chown, lstat, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2, { type Attributes, type FileEntry } from 'ssh2';
import type { OpenFolder } from './sftp-handles.ts';
import { isMissing } from './ucx-folder.ts';

/** What a client wants changed; absent is left as it is. */
export type AttributeChanges = Partial<Attributes>;

const { OPEN_MODE } = ssh2.utils.sftp;
const ENTRIES_AT_ONCE = 100;

/** Of SFTP's flags those of open(2); a link as the last part is never followed. */
export function openFlags(flags: number): number {
  const reads = (flags & OPEN_MODE.READ) !== 0;
  const writes = (flags & (OPEN_MODE.WRITE | OPEN_MODE.APPEND)) !== 0;
  let found: number = constants.O_RDONLY;
  if (writes) found = reads ? constants.O_RDWR : constants.O_WRONLY;
  if (flags & OPEN_MODE.APPEND) found |= constants.O_APPEND;
  if (flags & OPEN_MODE.CREAT) found |= constants.O_CREAT;
  if (flags & OPEN_MODE.TRUNC) found |= constants.O_TRUNC;
  if (flags & OPEN_MODE.EXCL) found |= constants.O_EXCL;
  return found | constants.O_NOFOLLOW;
}

export async function changeAttributes(path: string, attributes: AttributeChanges): Promise<void> {
  const { mode, uid, gid, size, atime, mtime } = attributes;
  if (size !== undefined) await truncate(path, size);
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
  if (mode !== undefined) await chmod(path, mode & 0o7777);
  if (atime !== undefined && mtime !== undefined) await utimes(path, atime, mtime);
}

/** The next entries not told yet; none at the end. */
export async function nextEntries(folder: OpenFolder): Promise<FileEntry[]> {
  const names = folder.left.splice(0, ENTRIES_AT_ONCE);
  const entries: FileEntry[] = [];
  for (const name of names) {
    if (!(await isThere(join(folder.path, name)))) continue;
    const attrs = attributesOf(await lstat(join(folder.path, name)));
    entries.push({ filename: name, longname: name, attrs });
  }
  return entries;
}

export function named(filename: string): FileEntry {
  return { filename, longname: filename, attrs: attributesOf(undefined) };
}

interface FileFacts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
}

export function attributesOf(facts: FileFacts | undefined): Attributes {
  const { mode = 0, uid = 0, gid = 0, size = 0, atimeMs = 0, mtimeMs = 0 } = facts ?? {};
  return { mode, uid, gid, size, atime: Math.floor(atimeMs / 1_000), mtime: Math.floor(mtimeMs / 1_000) };
}

/** A link to nowhere is there, too. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
