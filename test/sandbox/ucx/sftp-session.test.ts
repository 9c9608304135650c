// File transfer to the sandbox UCx keeps flags and modes, and never leaves the server's tree.

import { lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client, FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenUcx, openSftp, openUcx, run, visit } from '../../support/ucx-visitor.ts';

let server: OpenUcx;
let client: Client;
let sftp: SFTPWrapper;
let outside: string;

beforeAll(async () => {
  server = await openUcx();
  client = await visit(server);
  sftp = await openSftp(client);
  outside = await mkdtemp(join(tmpdir(), 'outside-'));
  await writeFile(join(outside, 'secret'), 'not yours');
});

afterAll(async () => {
  client.end();
  await server.close();
  await rm(outside, { recursive: true, force: true });
});

const at = (path: string): string => join(server.ucx.root, 'home/ucxcerts', path);
const put = (path: string, text: string, options: { flag: 'w' | 'wx' | 'a'; mode?: number }): Promise<void> =>
  call('writeFile', path, text, options);
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;
const call = <Result = void>(name: keyof SFTPWrapper, ...args: unknown[]): Promise<Result> =>
  promisify((done: (error: Error | undefined, result: Result) => void) => {
    (sftp[name] as (...all: unknown[]) => void)(...args, done);
  })();

describe('file transfer', () => {
  it('writes a new file with these bytes and this mode', async () => {
    const bytes = 'x'.repeat(200_000);
    await put(at('set/key.pem'), bytes, { flag: 'wx', mode: 0o600 }).catch(() => undefined);
    await call('mkdir', at('set'), { mode: 0o700 });
    await put(at('set/key.pem'), bytes, { flag: 'wx', mode: 0o600 });
    expect(await readFile(at('set/key.pem'), 'utf8')).toBe(bytes);
    expect(await modeOf(at('set/key.pem'))).toBe(0o600);
    expect(await modeOf(at('set'))).toBe(0o700);
    expect((await call<Buffer>('readFile', at('set/key.pem'))).length).toBe(200_000);
    expect(server.ucx.counts().bytesWritten).toBeGreaterThanOrEqual(200_000);
  });

  it('refuses to make a file anew that is there', async () => {
    await put(at('there'), 'first', { flag: 'wx' });
    await expect(put(at('there'), 'second', { flag: 'wx' })).rejects.toThrow('Failure');
    expect(await readFile(at('there'), 'utf8')).toBe('first');
  });

  it('truncates and appends as asked', async () => {
    await put(at('log'), 'long text', { flag: 'w' });
    await put(at('log'), 'one', { flag: 'w' });
    await put(at('log'), ' two', { flag: 'a' });
    expect(await readFile(at('log'), 'utf8')).toBe('one two');
  });

  it('changes and tells modes, by name and by handle', async () => {
    await put(at('mode'), 'text', { flag: 'w', mode: 0o644 });
    await call('chmod', at('mode'), 0o640);
    expect((await call<Stats>('stat', at('mode'))).mode & 0o777).toBe(0o640);
    const handle = await call<Buffer>('open', at('mode'), 'r+');
    await call('fchmod', handle, 0o600);
    expect((await call<Stats>('fstat', handle)).mode & 0o777).toBe(0o600);
    await call('close', handle);
    expect(await modeOf(at('mode'))).toBe(0o600);
  });

  it('renames, but never over something', async () => {
    await put(at('from'), 'from', { flag: 'w' });
    await put(at('to'), 'to', { flag: 'w' });
    await expect(call('rename', at('from'), at('to'))).rejects.toThrow('Failure');
    await call('rename', at('from'), at('elsewhere'));
    expect(await readFile(at('elsewhere'), 'utf8')).toBe('from');
    expect(await readFile(at('to'), 'utf8')).toBe('to');
  });

  it('lists a folder of more entries than fit into one answer', async () => {
    await mkdir(at('many'));
    for (let number = 0; number < 230; number += 1) await writeFile(at(`many/${number}`), '');
    expect(await call<FileEntryWithStats[]>('readdir', at('many'))).toHaveLength(230);
  });

  it('removes files and empty folders', async () => {
    await mkdir(at('gone'));
    await put(at('gone/file'), '', { flag: 'w' });
    await expect(call('rmdir', at('gone'))).rejects.toThrow('Failure');
    await call('unlink', at('gone/file'));
    await call('rmdir', at('gone'));
    await expect(call('stat', at('gone'))).rejects.toThrow('No such file');
  });

  it('takes relative paths from the home and tells real ones', async () => {
    await put('relative', 'text', { flag: 'w' });
    expect(await readFile(at('relative'), 'utf8')).toBe('text');
    expect(await call<string>('realpath', '.')).toBe(at('.'));
  });

  it('offers no rename that replaces', async () => {
    expect(() => sftp.ext_openssh_rename(at('to'), at('log'), () => undefined)).toThrow(/not support/);
  });

  it('dials: diskFull fails every write and leaves an empty file at most', async () => {
    await server.ucx.turn({ diskFull: true });
    await expect(put(at('full'), 'text', { flag: 'wx' })).rejects.toThrow('Failure');
    expect((await stat(at('full'))).size).toBe(0);
    expect((await run(client, 'df -Pk . | tail -n 1')).stdout).toMatch(/ 0 +100%/);
    expect((await run(client, `echo text > ${at('full2')}`)).exitCode).not.toBe(0);
    expect((await run(client, 'service infinity_one status')).exitCode).toBe(0);
    await server.ucx.turn({ diskFull: false });
    expect((await run(client, `echo text > ${at('full2')}; df -Pk . | tail -n 1`)).stdout).not.toMatch(/ 0 +100%/);
    expect(await readFile(at('full2'), 'utf8')).toBe('text\n');
  });
});

describe('file transfer outside of the server', () => {
  it('is refused for a path outside, there or not', async () => {
    for (const path of [
      join(outside, 'secret'),
      join(outside, 'nothing'),
      '/etc/passwd',
      '/nowhere/at/all',
      '/',
      `${at('.')}/../../../../..`,
    ]) {
      await expect(call('stat', path)).rejects.toThrow('Permission denied');
      await expect(call('lstat', path)).rejects.toThrow('Permission denied');
      await expect(call('readdir', path)).rejects.toThrow('Permission denied');
    }
    await expect(put(join(outside, 'new'), 'x', { flag: 'w' })).rejects.toThrow('Permission denied');
  });

  it('is refused through a link to a file, a link to a folder and a link to nothing', async () => {
    await symlink(join(outside, 'secret'), at('link-file'));
    await symlink(outside, at('link-folder'));
    await symlink(join(outside, 'fresh'), at('link-nothing'));
    await expect(call('readFile', at('link-file'))).rejects.toThrow('Permission denied');
    await expect(call('chmod', at('link-file'), 0o777)).rejects.toThrow('Permission denied');
    await expect(call('readFile', at('link-folder/secret'))).rejects.toThrow('Permission denied');
    await expect(put(at('link-folder/new'), 'x', { flag: 'w' })).rejects.toThrow('Permission denied');
    await expect(call('unlink', at('link-folder/secret'))).rejects.toThrow('Permission denied');
    await expect(call('mkdir', at('link-folder/new'))).rejects.toThrow('Permission denied');
    await expect(call('rename', at('log'), at('link-folder/log'))).rejects.toThrow('Permission denied');
    await expect(put(at('link-nothing'), 'x', { flag: 'w' })).rejects.toThrow('Permission denied');
    await expect(lstat(join(outside, 'fresh'))).rejects.toThrow();
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('not yours');
  });

  it('removes a link and not what it leads to', async () => {
    await symlink(join(outside, 'secret'), at('link-removed'));
    await call('unlink', at('link-removed'));
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('not yours');
  });
});
