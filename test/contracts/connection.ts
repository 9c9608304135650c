// What every Connection keeps; see the numbered rules of src/adapters/ssh/connection.ts.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/adapters/ssh/connection.ts';
import { problemCode } from '../../src/domain/problem.ts';

export interface ConnectionUnderTest {
  readonly connection: Connection;
  readonly hostKey: string;
  /** A folder of the server that account and test may both write in. */
  readonly folder: string;
  /** A port of the server's loopback that answers TLS or says something, and one where nothing listens. */
  readonly ports: { readonly open: number; readonly closed: number };
  /** All connections end at once, without a word. */
  readonly cut: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const SOON = { timeoutMs: 10_000 };

export function connectionContract(start: () => Promise<ConnectionUnderTest>): void {
  describe('as Connection', () => {
    let world: ConnectionUnderTest;

    beforeEach(async () => {
      world = await start();
    });

    afterEach(async () => {
      await world.connection.close();
      await world.close();
    });

    const codeOf = async (work: Promise<unknown>): Promise<string | undefined> =>
      await work.then(
        () => 'nothing went wrong',
        (error) => problemCode(error),
      );

    it('knows the host key', () => {
      expect(world.connection.hostKey).toBe(world.hostKey);
    });

    it('gives a command to sh as it stands', async () => {
      const command = `word="it's "'a "test"'; printf '%s|' "$word" $((6 * 7)) >&2; echo out; exit 3`;
      const result = await world.connection.run(command, SOON);
      expect(result).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'it\'s a "test"|42|' });
    });

    it('gives a command exactly what it is to read, or nothing', async () => {
      const { connection } = world;
      expect((await connection.run('cat', { ...SOON, stdin: 'one\ntwo' })).stdout).toBe('one\ntwo');
      expect((await connection.run('cat', SOON)).stdout).toBe('');
    });

    it('cuts output at 64 KB', async () => {
      const { stdout } = await world.connection.run('head -c 200000 /dev/zero | tr "\\0" x', SOON);
      expect(stdout).toHaveLength(64 * 1024);
    });

    it('tells of a command that was killed', async () => {
      expect((await world.connection.run('kill -9 $$', SOON)).exitCode).toBeGreaterThan(128);
    });

    it('gives up on a command that does not end', async () => {
      expect(await codeOf(world.connection.run('sleep 20', { timeoutMs: 100 }))).toBe('server-unreachable');
    });

    it('ends with the connection', async () => {
      const running = codeOf(world.connection.run('echo started; sleep 20', SOON));
      await world.connection.run('true', SOON);
      await world.cut();
      expect(await running).toBe('server-unreachable');
      expect(await codeOf(world.connection.run('true', SOON))).toBe('server-unreachable');
    });

    it('writes a new file with exactly these bytes and this mode', async () => {
      const { connection, folder } = world;
      const bytes = Buffer.alloc(100_000, 'äöü\0');
      for (const mode of [0o600, 0o640, 0o755]) {
        const path = join(folder, `file ${mode}`);
        await connection.write(path, bytes, mode);
        expect((await readFile(path)).equals(bytes)).toBe(true);
        expect((await stat(path)).mode & 0o777).toBe(mode);
      }
    });

    it('does not write over a file', async () => {
      const { connection, folder } = world;
      const path = join(folder, 'there');
      await writeFile(path, 'as it was');
      expect(await codeOf(connection.write(path, Buffer.from('other'), 0o600))).toBe('staging-refused');
      expect(await readFile(path, 'utf8')).toBe('as it was');
    });

    it('says why a file cannot be written', async () => {
      const { connection, folder } = world;
      expect(await codeOf(connection.write(join(folder, 'no/such/file'), Buffer.from('x'), 0o600))).toBe(
        'staging-refused',
      );
    });

    it('reads a file, or its beginning, or undefined where there is none', async () => {
      const { connection, folder } = world;
      const path = join(folder, 'long');
      const bytes = Buffer.alloc(70_000, '0123456789');
      await writeFile(path, bytes);
      expect(bytes.equals((await connection.read(path, 100_000)) ?? Buffer.of())).toBe(true);
      expect(await connection.read(path, 65_000)).toHaveLength(65_000);
      expect(await connection.read(join(folder, 'missing'), 10)).toBeUndefined();
    });

    it('does not read what is no file', async () => {
      expect(await codeOf(world.connection.read(world.folder, 10))).toBe('server-not-ready');
    });

    it('opens a stream to a port of the loopback', async () => {
      const stream = await world.connection.dial(world.ports.open);
      stream.end('GET / HTTP/1.0\r\n\r\n');
      await text(stream).catch(() => '');
      expect(stream.readableEnded || stream.destroyed).toBe(true);
    });

    it('says so when nothing listens there', async () => {
      expect(await codeOf(world.connection.dial(world.ports.closed))).toBe('server-unreachable');
    });

    it('can be closed twice, and takes no more work then', async () => {
      await world.connection.close();
      await world.connection.close();
      expect(await codeOf(world.connection.run('true', SOON))).toBe('server-unreachable');
    });
  });
}
