// File transfer as OpenSSH's sftp-server does it (protocol version 3), without any extension, and never outside the server's tree.

import { lstat, mkdir, readdir, readlink, rename, rm, rmdir, stat } from 'node:fs/promises';
import ssh2, { type SFTPWrapper } from 'ssh2';
import { OutsideError, PathJail } from './path-jail.ts';
import type { ServerLog } from './server-log.ts';
import {
  type AttributeChanges,
  attributesOf,
  changeAttributes,
  isThere,
  named,
  nextEntries,
  openFlags,
} from './sftp-attributes.ts';
import { type OpenFile, type OpenFolder, SftpHandles } from './sftp-handles.ts';
import type { CountBook } from './ucx-counts.ts';
import type { DialBoard } from './ucx-dials.ts';
import { isMissing } from './ucx-folder.ts';

export interface SftpOptions {
  readonly root: string;
  readonly home: string;
  readonly account: string;
  readonly dials: DialBoard;
  readonly counts: CountBook;
  readonly log: ServerLog;
}

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;
const MAX_READ_BYTES = 256 * 1024;

class SftpRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function serveSftp(sftp: SFTPWrapper, options: SftpOptions): void {
  const { dials, counts, log, account } = options;
  const jail = new PathJail(options.root, options.home);
  const handles = new SftpHandles();
  const note = (what: string): void => log.secure(`sftp-server: ${account} ${what}`);
  /** One request after the other, in their order, each as slow as the dial says. */
  let before: Promise<void> = Promise.resolve();
  const serve = (request: number, act: () => Promise<void>): void => {
    before = before.then(async () => {
      const { slowMs } = dials.now;
      if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
      try {
        await act();
      } catch (error) {
        const { status, message } = asRefusal(error);
        sftp.status(request, status, message);
      }
    });
  };
  const ok = (request: number): void => sftp.status(request, STATUS_CODE.OK);

  sftp.on('error', () => undefined);
  sftp.on('close', () => void before.then(() => handles.closeAll()));

  sftp.on('OPEN', (request, path, flags, attributes) =>
    serve(request, async () => {
      const real = await jail.followed(path);
      const mode = (attributes as AttributeChanges).mode;
      const handle = await handles.openFile(real, openFlags(flags), mode === undefined ? 0o666 : mode & 0o7777);
      if (flags & (OPEN_MODE.WRITE | OPEN_MODE.APPEND)) note(`opens for writing ${path}`);
      sftp.handle(request, handle);
    }),
  );
  sftp.on('READ', (request, handle, offset, length) =>
    serve(request, async () => {
      const { file } = known(handles.file(handle));
      const { bytesRead, buffer } = await file.read(
        Buffer.alloc(Math.min(length, MAX_READ_BYTES)),
        0,
        undefined,
        offset,
      );
      if (bytesRead === 0) throw new SftpRefusal(STATUS_CODE.EOF, 'end of file');
      sftp.data(request, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on('WRITE', (request, handle, offset, data) =>
    serve(request, async () => {
      const { file, appends } = known(handles.file(handle));
      // sftp-server has no word for ENOSPC: it is a plain failure
      if (dials.now.diskFull) throw new SftpRefusal(STATUS_CODE.FAILURE, 'Failure');
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await file.write(data, done, undefined, appends ? undefined : offset + done);
        done += bytesWritten;
      }
      counts.add('bytesWritten', data.length);
      ok(request);
    }),
  );
  sftp.on('CLOSE', (request, handle) =>
    serve(request, async () => {
      if (!(await handles.close(handle))) throw new SftpRefusal(STATUS_CODE.FAILURE, 'no such handle');
      ok(request);
    }),
  );
  sftp.on('FSTAT', (request, handle) =>
    serve(request, async () => sftp.attrs(request, attributesOf(await known(handles.file(handle)).file.stat()))),
  );
  sftp.on('STAT', (request, path) =>
    serve(request, async () => sftp.attrs(request, attributesOf(await stat(await jail.followed(path))))),
  );
  sftp.on('LSTAT', (request, path) =>
    serve(request, async () => sftp.attrs(request, attributesOf(await lstat(await jail.entry(path))))),
  );
  sftp.on('SETSTAT', (request, path, attributes) =>
    serve(request, async () => {
      await changeAttributes(await jail.followed(path), attributes);
      ok(request);
    }),
  );
  sftp.on('FSETSTAT', (request, handle, attributes) =>
    serve(request, async () => {
      await changeAttributes(known(handles.file(handle)).path, attributes);
      ok(request);
    }),
  );
  sftp.on('MKDIR', (request, path, attributes) =>
    serve(request, async () => {
      const mode = (attributes as AttributeChanges).mode;
      await mkdir(await jail.entry(path), mode === undefined ? {} : { mode: mode & 0o7777 });
      note(`makes folder ${path}`);
      ok(request);
    }),
  );
  sftp.on('OPENDIR', (request, path) =>
    serve(request, async () => {
      const real = await jail.followed(path);
      sftp.handle(request, handles.openFolder(real, await readdir(real)));
    }),
  );
  sftp.on('READDIR', (request, handle) =>
    serve(request, async () => {
      const entries = await nextEntries(known(handles.folder(handle)));
      if (entries.length === 0) throw new SftpRefusal(STATUS_CODE.EOF, 'end of folder');
      sftp.name(request, entries);
    }),
  );
  sftp.on('REMOVE', (request, path) =>
    serve(request, async () => {
      const entry = await jail.entry(path);
      if ((await lstat(entry)).isDirectory()) throw new SftpRefusal(STATUS_CODE.FAILURE, 'Failure');
      await rm(entry);
      note(`removes ${path}`);
      ok(request);
    }),
  );
  sftp.on('RMDIR', (request, path) =>
    serve(request, async () => {
      await rmdir(await jail.entry(path));
      note(`removes folder ${path}`);
      ok(request);
    }),
  );
  sftp.on('RENAME', (request, from, to) =>
    serve(request, async () => {
      const target = await jail.entry(to);
      // version 3 of the protocol never replaces; only posix-rename@openssh.com would, and this server does not offer it
      if (await isThere(target)) throw new SftpRefusal(STATUS_CODE.FAILURE, 'Failure');
      await rename(await jail.entry(from), target);
      note(`renames ${from} to ${to}`);
      ok(request);
    }),
  );
  sftp.on('REALPATH', (request, path) =>
    serve(request, async () => sftp.name(request, [named(await jail.followed(path))])),
  );
  sftp.on('READLINK', (request, path) =>
    serve(request, async () => sftp.name(request, [named(await readlink(await jail.entry(path)))])),
  );
}

function known<Open extends OpenFile | OpenFolder>(open: Open | undefined): Open {
  if (!open) throw new SftpRefusal(STATUS_CODE.FAILURE, 'no such handle');
  return open;
}

/** As sftp-server's errno_to_portable: three kinds have a code, everything else is a failure. */
function asRefusal(error: unknown): SftpRefusal {
  if (error instanceof SftpRefusal) return error;
  if (error instanceof OutsideError) return new SftpRefusal(STATUS_CODE.PERMISSION_DENIED, 'Permission denied');
  if (isMissing(error)) return new SftpRefusal(STATUS_CODE.NO_SUCH_FILE, 'No such file');
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return new SftpRefusal(STATUS_CODE.PERMISSION_DENIED, 'Permission denied');
  return new SftpRefusal(STATUS_CODE.FAILURE, 'Failure');
}
