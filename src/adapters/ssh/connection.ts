// One connection to a server's shell, as the appliance adapter needs it: commands, files, streams.

import type { Duplex } from 'node:stream';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Rules every connection keeps; test/contracts/connection.ts checks each of them:
 *
 * 1. `run` gives the command to `sh -c` as it stands, its standard input closed or exactly `stdin`; answers exit code and
 *    output, each cut at 64 KB. A command that does not end within `timeoutMs`, or a lost connection, is `server-unreachable`.
 * 2. `write` makes the file new with exactly these bytes and this mode, whatever the umask, never readable by others in between;
 *    an existing file of that path is a `staging-refused` problem; no room is `disk-full`, and what was begun is removed.
 * 3. `read` answers at most `maxBytes` of a file, or undefined when there is none.
 * 4. `dial` opens a stream to 127.0.0.1:port as seen from the server.
 * 5. `close` is idempotent and ends what is open.
 */
export interface Connection {
  /** `SHA256:<base64 without padding>` of the host key seen. */
  readonly hostKey: string;
  run(command: string, options: { readonly timeoutMs: number; readonly stdin?: string }): Promise<CommandResult>;
  write(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  dial(port: number): Promise<Duplex>;
  close(): Promise<void>;
}
