// `npm start` as a process of its own, in a folder of its own, without a terminal; quick because its customer asks for no notice.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quickOrder } from './sandbox-run.ts';

const START = join(import.meta.dirname, '..', '..', 'src', 'sandbox', 'start.ts');
const PATIENCE_MS = 90_000;

/** The order `npm start` finds is the one it goes on with. */
export async function keepQuickOrder(folder: string): Promise<void> {
  await writeFile(join(folder, 'order.json'), JSON.stringify({ key: 'npm-start-test', order: quickOrder() }));
}

export class NpmStart {
  readonly #child: ChildProcess;
  #output = '';
  #isOver = false;

  constructor(folder: string, flags: readonly string[]) {
    this.#child = spawn(process.execPath, [START, '--folder', folder, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => {
      this.#output += chunk.toString('utf8');
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#child.once('close', () => {
      this.#isOver = true;
    });
  }

  /** What it has said so far, on both of its outputs. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it holds, or when the process is over; fails when neither happens. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const endsAt = performance.now() + PATIENCE_MS;
    while (!this.#isOver && !(await holds())) {
      if (performance.now() > endsAt) throw new Error(`it did not come to that:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Its exit code. */
  async ended(): Promise<number | null> {
    await this.until(() => this.#isOver);
    return this.#child.exitCode;
  }

  /** At once: nothing of it runs on. */
  async kill(): Promise<void> {
    if (this.#isOver) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}
