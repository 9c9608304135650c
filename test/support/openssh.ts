// A real OpenSSH server on a port of the loopback, in front of a server's tree and programs.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { removeFolder } from './local-connection.ts';

export interface OpensshOptions {
  /** OpenSSH public key line of the only key that is let in. */
  readonly authorizedKey: string;
  /** The account's own file, which decides instead as long as it is there at the start. @default - none */
  readonly authorizedKeysFile?: string;
  /** What every session has: above all PATH. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Openssh {
  readonly port: number;
  /** The account that runs this test is the only one OpenSSH can be when it is not root. */
  readonly account: string;
  /** `SHA256:…` */
  readonly hostKey: string;
  /** From now on who is let in stands in a file of its own, as it is now. */
  readonly moveKeys: () => Promise<void>;
  readonly refusals: () => Promise<number>;
  /** What sshd wrote. */
  readonly log: () => Promise<string>;
  /** All connections end; what they started runs on. */
  readonly cut: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const SSHD = '/usr/sbin/sshd';
const PRIVILEGE_FOLDER = '/run/sshd';
const START_MS = 5_000;
const run = promisify(execFile);

/** Fails with what to install when there is no sshd. */
export async function startOpenssh(options: OpensshOptions): Promise<Openssh> {
  await stat(SSHD).catch(() => {
    throw new Error(`${SSHD} is not there; .ci/peers installs openssh-server`);
  });
  if (process.getuid?.() === 0) await mkdir(PRIVILEGE_FOLDER, { recursive: true, mode: 0o755 });
  const folder = await mkdtemp(join(tmpdir(), 'openssh-'));
  await chmod(folder, 0o755);
  const hostKeyFile = join(folder, 'host_key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKeyFile]);
  const keysFile = join(folder, 'authorized_keys');
  if (options.authorizedKeysFile !== undefined) await symlink(options.authorizedKeysFile, keysFile);
  else await writeFile(keysFile, `${options.authorizedKey.trim()}\n`, { mode: 0o600 });
  const port = await freePort();
  const logFile = join(folder, 'log');
  await writeFile(join(folder, 'config'), config({ folder, port, options }), { mode: 0o600 });
  const sshd = spawn(SSHD, ['-D', '-f', join(folder, 'config'), '-E', logFile], { stdio: 'ignore' });
  try {
    await untilOpen(port, sshd, logFile);
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
  const log = () => readFile(logFile, 'utf8');
  return {
    port,
    account: userInfo().username,
    hostKey: (await run('ssh-keygen', ['-lf', hostKeyFile])).stdout.split(' ')[1] ?? '',
    moveKeys: async () => {
      const now = await readFile(keysFile);
      await rm(keysFile);
      await writeFile(keysFile, now, { mode: 0o600 });
    },
    refusals: async () => (await log()).match(/^Failed /gm)?.length ?? 0,
    log,
    cut: async () => await endSessions(sshd),
    close: async () => {
      await endSessions(sshd);
      if (sshd.exitCode === null && sshd.kill()) await once(sshd, 'exit');
      await removeFolder(folder);
    },
  };
}

function config(at: { folder: string; port: number; options: OpensshOptions }): string {
  const env = Object.entries(at.options.env).map(([name, value]) => `${name}=${value}`);
  return `Port ${at.port}
ListenAddress 127.0.0.1
HostKey ${at.folder}/host_key
AuthorizedKeysFile ${at.folder}/authorized_keys
PidFile none
LogLevel VERBOSE
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding local
Subsystem sftp internal-sftp
${env.length === 0 ? '' : `SetEnv ${env.map((pair) => `"${pair}"`).join(' ')}`}
`;
}

async function untilOpen(port: number, sshd: ChildProcess, logFile: string): Promise<void> {
  const until = performance.now() + START_MS;
  while (performance.now() < until && sshd.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await pause(20);
  }
  sshd.kill();
  throw new Error(`sshd does not start: ${await readFile(logFile, 'utf8').catch(() => 'no log')}`);
}

/** A session is a child of the listening sshd, and for other accounts than root one more below; what it started is left alone. */
async function endSessions(sshd: ChildProcess): Promise<void> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,comm=']);
  const all = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const below = (parents: readonly string[]) =>
    all.filter(([, parent = '', command]) => parents.includes(parent) && command === 'sshd').map(([pid = '']) => pid);
  const sessions = below([String(sshd.pid)]);
  for (const pid of [...sessions, ...below(sessions)]) end(Number(pid));
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it was quicker
  }
}

/** Free a moment ago; nobody can promise more. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
