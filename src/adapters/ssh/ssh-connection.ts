// A connection to a server's shell over SSH: commands, files by SFTP, streams to its loopback, each with a deadline.

import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { Problem } from '../../domain/problem.ts';
import type { Network } from '../../ports/network.ts';
import type { CommandResult, Connection } from './connection.ts';
import { SftpFiles } from './sftp-files.ts';
import { cleaned, quote } from './shell-words.ts';
import { type LoggedIn, logIn, type SshLogin } from './ssh-login.ts';

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly account: string;
  /** `SHA256:…`; absent on first contact. */
  readonly hostKey: string | undefined;
}

export interface SshConnectionOptions {
  readonly network: Network;
  readonly target: SshTarget;
  /** Gone through first if given; its host key is always pinned. */
  readonly jump: SshTarget | undefined;
  readonly privateKeyPem: string;
  /** @default - the same key */
  readonly jumpPrivateKeyPem?: string | undefined;
  /** For the TCP connection, for the log-in, and for each file or stream. */
  readonly timeoutMs: number;
}

const MAX_OUTPUT_BYTES = 64 * 1024;
const CLOSE_MS = 1_000;

export class SshConnection implements Connection {
  readonly hostKey: string;
  readonly #label: string;
  readonly #client: Client;
  readonly #jump: Client | undefined;
  readonly #timeoutMs: number;
  readonly #files: SftpFiles;
  #lost: Error | undefined;
  readonly #losers = new Set<(error: Error) => void>();

  private constructor(label: string, last: LoggedIn, jump: Client | undefined, timeoutMs: number) {
    this.#label = label;
    this.hostKey = last.hostKey;
    this.#client = last.client;
    this.#jump = jump;
    this.#timeoutMs = timeoutMs;
    this.#files = new SftpFiles({
      open: (answer) => this.#client.sftp(answer),
      bounded: (work) => this.#bounded(timeoutMs, 'a file', work),
      freeBytes: (folder) => this.#freeBytes(folder),
    });
    last.client.on('error', (error) => this.#lose(error));
    last.client.on('close', () => this.#lose(new Error('the connection is lost')));
  }

  /** Problems: those of `Network.connect` and of `logIn`. */
  static async open(options: SshConnectionOptions): Promise<SshConnection> {
    const { network, target, jump, timeoutMs } = options;
    const first = jump ?? target;
    const stream = await network.connect({ host: first.host, port: first.port }, timeoutMs);
    const { privateKeyPem, jumpPrivateKeyPem = privateKeyPem } = options;
    const logged = await logIn(stream, loginTo(first, jump ? jumpPrivateKeyPem : privateKeyPem, timeoutMs));
    if (!jump) return new SshConnection(target.host, logged, undefined, timeoutMs);
    logged.client.on('error', () => undefined);
    try {
      const inner = await hop(logged.client, target, timeoutMs);
      const last = await logIn(inner, loginTo(target, privateKeyPem, timeoutMs));
      return new SshConnection(target.host, last, logged.client, timeoutMs);
    } catch (error) {
      logged.client.end();
      throw error;
    }
  }

  async run(command: string, options: { readonly timeoutMs: number; readonly stdin?: string }): Promise<CommandResult> {
    let channel: ClientChannel | undefined;
    const result = this.#bounded<CommandResult>(options.timeoutMs, 'a command', (resolve, reject) => {
      this.#client.exec(`exec sh -c ${quote(command)}`, (error, opened) => {
        if (error) return reject(error);
        channel = opened;
        opened.on('error', reject);
        listen(opened, resolve, reject);
        opened.end(options.stdin);
      });
    });
    return await result.finally(() => channel?.close());
  }

  async write(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    await this.#files.write(path, bytes, mode);
  }

  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return await this.#files.read(path, maxBytes);
  }

  async dial(port: number): Promise<Duplex> {
    return await this.#bounded<Duplex>(this.#timeoutMs, `port ${port} of its loopback`, (resolve, reject) => {
      this.#client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, stream) =>
        error ? reject(error) : resolve(stream),
      );
    });
  }

  async close(): Promise<void> {
    if (!this.#lost) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          this.#client.destroy();
          resolve();
        }, CLOSE_MS);
        this.#losers.add(() => {
          clearTimeout(timer);
          resolve();
        });
        this.#client.end();
      });
    }
    this.#jump?.end();
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    for (const tell of this.#losers) tell(this.#lost);
    this.#losers.clear();
  }

  /** `undefined` when the server does not say. */
  async #freeBytes(folder: string): Promise<number | undefined> {
    const { stdout } = await this.run(`df -Pk ${quote(folder)} | awk 'NR==2{print $4}'`, {
      timeoutMs: this.#timeoutMs,
    });
    return /^\d+$/.test(stdout.trim()) ? Number(stdout.trim()) * 1024 : undefined;
  }

  /** Ends with the answer, the loss of the connection or the deadline, whichever comes first. */
  async #bounded<Answer>(
    timeoutMs: number,
    what: string,
    work: (resolve: (answer: Answer) => void, reject: (error: Error) => void) => void,
  ): Promise<Answer> {
    let lost: ((error: Error) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        if (this.#lost) return reject(this.#lost);
        lost = reject;
        this.#losers.add(reject);
        timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
        work(resolve, reject);
      });
    } catch (error) {
      if (isFileError(error)) throw error;
      const why = cleaned(error instanceof Error ? error.message : String(error));
      throw new Problem('server-unreachable', `"${this.#label}" did not answer for ${what}: ${why}`, { cause: error });
    } finally {
      clearTimeout(timer);
      if (lost) this.#losers.delete(lost);
    }
  }
}

/** SFTP answers carry a number; what went wrong with a file is for the caller to tell. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

function loginTo(target: SshTarget, privateKeyPem: string, timeoutMs: number): SshLogin {
  return { label: target.host, account: target.account, privateKeyPem, hostKey: target.hostKey, timeoutMs };
}

async function hop(client: Client, target: SshTarget, timeoutMs: number): Promise<Duplex> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Duplex>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      client.forwardOut('127.0.0.1', 0, target.host, target.port, (error, stream) =>
        error ? reject(error) : resolve(stream),
      );
    });
  } catch (error) {
    const why = cleaned(error instanceof Error ? error.message : String(error));
    throw new Problem('server-unreachable', `the jump host does not reach "${target.host}": ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** An exit by signal counts as 128 and something, as in a shell; a channel that ends without any exit was cut off. */
function listen(
  channel: ClientChannel,
  resolve: (result: CommandResult) => void,
  reject: (error: Error) => void,
): void {
  const stdout = collect(channel);
  const stderr = collect(channel.stderr);
  let exitCode: number | undefined;
  channel.on('exit', (code: number | null) => {
    exitCode = code ?? 137;
  });
  channel.on('close', () => {
    if (exitCode === undefined) reject(new Error('the command was cut off'));
    else resolve({ exitCode, stdout: stdout(), stderr: stderr() });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let kept = 0;
  stream.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, MAX_OUTPUT_BYTES - kept);
    kept += part.length;
    if (part.length > 0) chunks.push(part);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
