// What a newcomer does: a bare clone, the machine's own Node and npm, `npm start -- --once`, and the proof is on the screen.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const project = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 180_000;

/** 20.20, as `engines` says. */
const OLDEST_NODE = 2020;

let folder: string;
let clone: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newcomer-'));
  clone = join(folder, 'ucx-certs');
  await run('git', ['clone', '--quiet', project, clone], { env: newcomersEnvironment() });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

it('has Node 20.20 or newer and npm, and none of ours', async () => {
  const [node, npm] = await Promise.all(['node', 'npm'].map(async (program) => await versionOf(program)));
  console.info(`a newcomer with Node ${node} and npm ${npm}`);
  const [major = 0, minor = 0] = (node ?? '').replace('v', '').split('.').map(Number);
  expect(major * 100 + minor, `Node ${node} is older than the README asks for`).toBeGreaterThanOrEqual(OLDEST_NODE);
});

it('sees the proof after `npm start -- --once` in a bare clone', { timeout: START_MS + 10_000 }, async () => {
  const { code, output } = await npmStart();
  expect(output).toContain('installing what package-lock.json names');
  expect(output).toContain('sandbox (Node v24.');
  expect(output).toContain('Served: a strict client connects, and gets the certificate of this order.');
  expect(output).toMatch(/names\s+DNS:pbx\.northwind\.test\n/);
  expect(output).toMatch(/SHA-256\s+(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
  expect(output).toMatch(/openssl s_client -connect 127\.0\.0\.1:\d+ .*-verify_hostname pbx\.northwind\.test/);
  expect(code, output).toBe(0);
});

it('finds nothing in the clone that git would want', async () => {
  const { stdout } = await run('git', ['status', '--porcelain'], { cwd: clone, env: newcomersEnvironment() });
  expect(stdout).toBe('');
});

/** npm and vitest leave word of themselves for what they start; a newcomer's shell knows nothing of that. */
function newcomersEnvironment(): NodeJS.ProcessEnv {
  const ours =
    /^(npm_(?!config_)|npm_config_(local_prefix|node_gyp)$|INIT_CWD$|NODE$|NODE_ENV$|VITEST|TEST$|GIT_|FORCE_COLOR$)/;
  const entries = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const folders = (process.env.PATH ?? '').split(delimiter).filter((one) => !one.includes('node_modules'));
  return { ...Object.fromEntries(entries), PATH: folders.join(delimiter) };
}

async function versionOf(program: string): Promise<string> {
  return (await run(program, ['--version'], { env: newcomersEnvironment(), cwd: folder })).stdout.trim();
}

/** In a process group of its own, so that nothing of it is left when it takes too long. */
async function npmStart(): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn('npm', ['start', '--', '--once'], {
    cwd: clone,
    env: newcomersEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));
  const timer = setTimeout(() => endGroup(child), START_MS);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  return { code, output: output.join('') };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has just ended by itself
  }
}
