// The files and folders one file transfer has open; no more than a few, and none left open when it ends.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export interface OpenFile {
  readonly kind: 'file';
  readonly path: string;
  readonly file: FileHandle;
  readonly appends: boolean;
}

export interface OpenFolder {
  readonly kind: 'folder';
  readonly path: string;
  /** Names not told yet. */
  readonly left: string[];
}

const MAX_OPEN = 64;

export class SftpHandles {
  readonly #open = new Map<number, OpenFile | OpenFolder>();
  #last = 0;

  async openFile(path: string, flags: number, mode: number): Promise<Buffer> {
    this.#room();
    const file = await open(path, flags, mode);
    return this.#keep({ kind: 'file', path, file, appends: (flags & constants.O_APPEND) !== 0 });
  }

  openFolder(path: string, names: readonly string[]): Buffer {
    this.#room();
    return this.#keep({ kind: 'folder', path, left: [...names] });
  }

  file(handle: Buffer): OpenFile | undefined {
    const open = this.#find(handle);
    return open?.kind === 'file' ? open : undefined;
  }

  folder(handle: Buffer): OpenFolder | undefined {
    const open = this.#find(handle);
    return open?.kind === 'folder' ? open : undefined;
  }

  /** False if there was no such handle. */
  async close(handle: Buffer): Promise<boolean> {
    const open = this.#find(handle);
    if (!open) return false;
    this.#open.delete(handle.readUInt32BE(0));
    if (open.kind === 'file') await open.file.close();
    return true;
  }

  async closeAll(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const open of all) if (open.kind === 'file') await open.file.close();
  }

  #room(): void {
    if (this.#open.size >= MAX_OPEN) throw new Error('too many open files');
  }

  #find(handle: Buffer): OpenFile | OpenFolder | undefined {
    return handle.length === 4 ? this.#open.get(handle.readUInt32BE(0)) : undefined;
  }

  #keep(open: OpenFile | OpenFolder): Buffer {
    this.#last += 1;
    this.#open.set(this.#last, open);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(this.#last, 0);
    return handle;
  }
}
