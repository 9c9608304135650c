// The processes of one sandbox UCx: started with its mark in their environment, found by it again, ended by a reboot or with the sandbox.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  /** Its command line as `ps` shows it. */
  readonly command: string;
}

const MARK = 'UCX_POWER';

/** Ended rounds of looking again: a process may have made another one while it was looked for. */
const MAX_ROUNDS = 50;

/** What the power cord does when the sandbox's end of the pipe is gone: no machine, no processes. */
const POWER_CORD = `
read -r gone
for round in 1 2 3 4 5; do
  found=
  for environment in $(grep -ls "${MARK}=$1" /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${environment#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null && found=yes
  done
  [ "$found" ] || break
done
`;

export class ServerProcesses {
  readonly #mark: string;
  readonly #environment: Readonly<Record<string, string>>;
  #cord: ChildProcess | undefined;

  /** `mark` is unlike that of any other machine; the same over all boots. */
  constructor(mark: string, environment: Readonly<Record<string, string>>) {
    this.#mark = mark;
    this.#environment = { ...environment, [MARK]: mark };
  }

  /** What every process of the server has as its environment; also for starting its commands without SSH. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  /** From now on the server's processes end when the process of the sandbox ends, however it ends. Answers the cord's process id. */
  plugIn(): number | undefined {
    const path = process.env.PATH ?? '/usr/bin:/bin';
    const cord = spawn('sh', ['-c', POWER_CORD, 'ucx-power-cord', this.#mark], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: path },
      detached: true,
    });
    cord.on('error', () => undefined);
    cord.stdin.on('error', () => undefined);
    cord.unref();
    unrefStream(cord.stdin);
    this.#cord = cord;
    return cord.pid;
  }

  /** A shell command in a process group of its own, as sshd starts one. */
  start(command: string, options: { readonly shell: readonly string[]; readonly folder: string }): ChildProcess {
    const [shell = 'sh', ...rest] = options.shell;
    return spawn(shell, [...rest, '-c', command], {
      cwd: options.folder,
      env: this.#environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  list(): readonly RunningProcess[] {
    return process.platform === 'linux' ? fromProc(`${MARK}=${this.#mark}`) : fromPs(`${MARK}=${this.#mark}`);
  }

  /** Ends all of them; nothing of them is left when it returns. */
  killAll(): void {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const alive = this.list();
      if (alive.length === 0) return;
      for (const { pid } of alive) killOne(pid);
    }
  }

  async close(): Promise<void> {
    this.killAll();
    const cord = this.#cord;
    this.#cord = undefined;
    if (!cord || cord.exitCode !== null || cord.signalCode !== null) return;
    const ended = new Promise((resolve) => cord.once('exit', resolve));
    cord.ref();
    cord.kill('SIGKILL');
    await ended;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it was quicker
  }
}

function fromProc(mark: string): readonly RunningProcess[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      if (!environment.split('\0').includes(mark)) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return [{ pid: Number(pid), command }];
    } catch {
      return [];
    }
  });
}

/** For machines without /proc: `ps` that shows environments after the command. */
function fromPs(mark: string): readonly RunningProcess[] {
  const lines = execFileSync('ps', ['-axEww', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return lines.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(.*)$/.exec(line);
    if (!found?.[1] || !found[2]?.split(' ').includes(mark)) return [];
    return [{ pid: Number(found[1]), command: found[2] }];
  });
}

function unrefStream(stream: unknown): void {
  if (typeof stream === 'object' && stream !== null && 'unref' in stream && typeof stream.unref === 'function')
    stream.unref();
}
