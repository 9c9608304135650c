// A connection to the sandbox UCx without SSH between: its own shell and files, for tests that need many runs of a script.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { CommandResult, Connection } from '../../src/adapters/ssh/connection.ts';
import type { SandboxUcx } from '../../src/sandbox/ucx/sandbox-ucx.ts';

export class LocalConnection implements Connection {
  readonly hostKey = 'SHA256:none';
  readonly #ucx: SandboxUcx;

  constructor(ucx: SandboxUcx) {
    this.#ucx = ucx;
  }

  async run(command: string, options: { readonly timeoutMs: number; readonly stdin?: string }): Promise<CommandResult> {
    const child = spawn(`${this.#ucx.root}/bin/sh`, ['-c', command], {
      env: { ...this.#ucx.env },
      detached: true,
      timeout: options.timeoutMs,
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)]);
    return { exitCode, stdout, stderr };
  }

  async write(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    const file = await open(path, 'wx', mode);
    await file.writeFile(bytes);
    await file.close();
  }

  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return (await readFile(path)).subarray(0, maxBytes);
  }

  async dial(): Promise<Duplex> {
    const socket = connect(this.#ucx.sitePort, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  async close(): Promise<void> {}
}

async function exitOf(child: ChildProcess): Promise<number> {
  const [code] = await once(child, 'close');
  return typeof code === 'number' ? code : 137;
}

/** For servers of a test that is over. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}
