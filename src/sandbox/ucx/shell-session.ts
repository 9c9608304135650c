// One SSH session: a command for the shell or the file transfer, as sshd gives them; no terminal.

import type { ServerChannel, Session } from 'ssh2';
import type { ServerLog } from './server-log.ts';
import type { ServerProcesses } from './server-processes.ts';
import { serveSftp } from './sftp-session.ts';
import type { CountBook } from './ucx-counts.ts';
import type { DialBoard } from './ucx-dials.ts';

export interface SessionOptions {
  readonly root: string;
  readonly home: string;
  readonly account: string;
  readonly shell: readonly string[];
  readonly processes: ServerProcesses;
  readonly dials: DialBoard;
  readonly counts: CountBook;
  readonly log: ServerLog;
  /** Cuts all SSH connections. */
  readonly cut: () => void;
}

/** Every write fails as on a full disk; the nearest the shell can come to it (EFBIG for ENOSPC). */
const WITHOUT_ROOM = `trap '' XFSZ; ulimit -f 0; `;

export function serveSession(session: Session, options: SessionOptions): void {
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept();
    channel.on('error', () => undefined);
    setTimeout(() => runCommand(command, channel, options), options.dials.now.slowMs);
  });
  session.on('sftp', (accept) => serveSftp(accept(), options));
}

/** The channel's end does not end the command, exactly as with sshd and no terminal: it only loses its pipes. */
function runCommand(command: string, channel: ServerChannel, options: SessionOptions): void {
  const { processes, dials, counts, log, account } = options;
  counts.add('commands');
  log.secure(`sshd: ${account} runs: ${command}`);
  const line = dials.now.diskFull ? `${WITHOUT_ROOM}${command}` : command;
  const child = processes.start(line, { shell: options.shell, folder: options.home });
  const { stdin, stdout, stderr } = child;
  for (const pipe of [stdin, stdout, stderr]) pipe?.on('error', () => undefined);
  if (stdin) channel.pipe(stdin);
  stdout?.pipe(channel, { end: false });
  stderr?.pipe(channel.stderr, { end: false });
  child.on('error', () => {
    channel.exit(127);
    channel.end();
  });
  child.on('exit', (code, signal) => {
    if (signal) channel.exit(signal.replace(/^SIG/, ''), false, '');
    else channel.exit(code ?? 0);
  });
  child.on('close', () => channel.end());
  channel.on('close', () => {
    for (const pipe of [stdin, stdout, stderr]) pipe?.destroy();
  });
  countDown(options);
}

function countDown({ dials, cut }: SessionOptions): void {
  const left = dials.now.cutSshAfterCommands;
  if (left === undefined) return;
  if (left > 1) {
    dials.spend({ cutSshAfterCommands: left - 1 });
    return;
  }
  dials.spend({ cutSshAfterCommands: undefined });
  cut();
}
