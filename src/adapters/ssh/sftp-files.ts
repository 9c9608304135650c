// Files of a server over SFTP: made new, never readable by others meanwhile, or read with a limit.

import { posix } from 'node:path';
import type { SFTPWrapper, Stats } from 'ssh2';
import { Problem } from '../../domain/problem.ts';
import { cleaned } from './shell-words.ts';

type Work<Answer> = (resolve: (answer: Answer) => void, reject: (error: Error) => void) => void;
type Callback<Answer> = (error: Error | undefined | null, answer: Answer) => void;

export interface SftpFilesOptions {
  readonly open: (answer: (error: Error | undefined, sftp: SFTPWrapper) => void) => void;
  /** Runs work under the deadline and the life of the connection; errors of files pass through, others become problems. */
  readonly bounded: <Answer>(work: Work<Answer>) => Promise<Answer>;
  /** Room where a folder is; undefined when unknown. */
  readonly freeBytes: (folder: string) => Promise<number | undefined>;
}

/** SSH_FX_NO_SUCH_FILE and SSH_FX_EOF: draft-ietf-secsh-filexfer-02, section 7, which is what OpenSSH speaks. */
const NO_SUCH_FILE = 2;
const EOF = 1;

/** What every server takes in one packet (the draft's section 3 guarantees 34000 bytes with everything around it). */
const CHUNK_BYTES = 32 * 1024 - 1024;

/** Less than this left after a failed write is taken for its cause. */
const SPARE_BYTES = 64 * 1024;

export class SftpFiles {
  readonly #options: SftpFilesOptions;
  #sftp: Promise<SFTPWrapper> | undefined;

  constructor(options: SftpFilesOptions) {
    this.#options = options;
  }

  /** Rules 2 of `Connection`. */
  async write(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    const sftp = await this.#session();
    let handle: Buffer | undefined;
    try {
      handle = await this.#ask<Buffer>((answer) => sftp.open(path, 'wx', { mode: mode & 0o700 }, answer));
      await this.#fill(sftp, handle, bytes, mode);
    } catch (error) {
      await this.#dropBegun(sftp, path, handle);
      throw await this.#writeProblem(sftp, { path, bytes, error, begun: handle !== undefined });
    }
  }

  /** Rule 3 of `Connection`. */
  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const sftp = await this.#session();
    try {
      const stats = await this.#ask<Stats>((answer) => sftp.stat(path, answer));
      if (!stats.isFile()) throw new Problem('server-not-ready', `"${path}" is not a file`);
      const handle = await this.#ask<Buffer>((answer) => sftp.open(path, 'r', answer));
      try {
        return await this.#drain(sftp, handle, maxBytes);
      } finally {
        await this.#ask<void>((answer) => sftp.close(handle, (error) => answer(error, undefined)));
      }
    } catch (error) {
      if (codeOf(error) === NO_SUCH_FILE) return undefined;
      if (codeOf(error) === undefined) throw error;
      throw new Problem('server-not-ready', `"${path}" cannot be read: ${reason(error)}`, { cause: error });
    }
  }

  async #fill(sftp: SFTPWrapper, handle: Buffer, bytes: Uint8Array, mode: number): Promise<void> {
    const content = Buffer.from(bytes);
    for (let at = 0; at < content.length; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, content.length - at);
      await this.#ask<void>((answer) =>
        sftp.write(handle, content, at, length, at, (error) => answer(error, undefined)),
      );
    }
    await this.#ask<void>((answer) => sftp.fchmod(handle, mode, (error) => answer(error, undefined)));
    await this.#sync(sftp, handle);
    await this.#ask<void>((answer) => sftp.close(handle, (error) => answer(error, undefined)));
  }

  /** Where the server offers it; ssh2 throws where it does not. */
  async #sync(sftp: SFTPWrapper, handle: Buffer): Promise<void> {
    await this.#ask<void>((answer) => {
      try {
        sftp.ext_openssh_fsync(handle, (error) => answer(error, undefined));
      } catch {
        answer(undefined, undefined);
      }
    });
  }

  async #drain(sftp: SFTPWrapper, handle: Buffer, maxBytes: number): Promise<Uint8Array> {
    const parts: Buffer[] = [];
    let at = 0;
    while (at < maxBytes) {
      const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, maxBytes - at));
      const length = await this.#readAt(sftp, handle, buffer, at);
      if (length === 0) break;
      parts.push(buffer.subarray(0, length));
      at += length;
    }
    return Buffer.concat(parts);
  }

  async #readAt(sftp: SFTPWrapper, handle: Buffer, buffer: Buffer, at: number): Promise<number> {
    try {
      return await this.#ask<number>((answer) => sftp.read(handle, buffer, 0, buffer.length, at, answer));
    } catch (error) {
      if (codeOf(error) === EOF) return 0;
      throw error;
    }
  }

  /** Only what this call made: without a handle the file is somebody else's. */
  async #dropBegun(sftp: SFTPWrapper, path: string, handle: Buffer | undefined): Promise<void> {
    if (!handle) return;
    const close = this.#ask<void>((answer) => sftp.close(handle, (error) => answer(error, undefined)));
    await close.catch(() => undefined);
    const unlink = this.#ask<void>((answer) => sftp.unlink(path, (error) => answer(error, undefined)));
    await unlink.catch(() => undefined);
  }

  async #writeProblem(
    sftp: SFTPWrapper,
    { path, bytes, error, begun }: { path: string; bytes: Uint8Array; error: unknown; begun: boolean },
  ): Promise<unknown> {
    if (codeOf(error) === undefined) return error;
    if (!begun && (await this.#exists(sftp, path))) {
      return new Problem('staging-refused', `there is already a file "${path}"`, { cause: error });
    }
    const free = await this.#options.freeBytes(posix.dirname(path));
    if (free !== undefined && free < bytes.length + SPARE_BYTES) {
      return new Problem('disk-full', `no room for "${path}": ${bytes.length} bytes wanted, ${free} free`, {
        cause: error,
      });
    }
    return new Problem('staging-refused', `"${path}" cannot be written: ${reason(error)}`, { cause: error });
  }

  async #exists(sftp: SFTPWrapper, path: string): Promise<boolean> {
    try {
      await this.#ask<Stats>((answer) => sftp.lstat(path, answer));
      return true;
    } catch {
      return false;
    }
  }

  async #session(): Promise<SFTPWrapper> {
    this.#sftp ??= this.#ask<SFTPWrapper>((answer) => this.#options.open((error, sftp) => answer(error, sftp)));
    try {
      return await this.#sftp;
    } catch (error) {
      this.#sftp = undefined;
      throw error;
    }
  }

  async #ask<Answer>(call: (answer: Callback<Answer>) => void): Promise<Answer> {
    return await this.#options.bounded<Answer>((resolve, reject) =>
      call((error, answer) => (error ? reject(error) : resolve(answer))),
    );
  }
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function reason(error: unknown): string {
  return cleaned(error instanceof Error ? error.message : String(error));
}
