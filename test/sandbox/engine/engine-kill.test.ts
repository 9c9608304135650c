// A real process with twenty executions, killed at random moments until it comes to its end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { OperationRecord } from '../../../src/sandbox/engine/operation-record.ts';
import { temporaryFolder } from './engine-under-test.ts';

const PROGRAM = fileURLToPath(new URL('killed-engine.ts', import.meta.url));
const KILLS = 14;
const LONGEST_LIFE_MS = 15_000;
const STEPS = ['place', 'local', 'finalize', 'activate', 'mail', 'note'];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs the program; kills it so long after it has opened its state, or lets it come to its end. */
async function live(
  folder: string,
  killAfterMs?: number,
): Promise<{ readonly killed: boolean; readonly said: readonly string[] }> {
  const program = spawn(process.execPath, [PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const deadline = setTimeout(() => program.kill('SIGABRT'), LONGEST_LIFE_MS);
  createInterface({ input: program.stdout }).on('line', (line) => {
    said.push(line);
    if (line === 'open' && killAfterMs !== undefined) timer = setTimeout(() => program.kill('SIGKILL'), killAfterMs);
  });
  const [code, signal] = await once(program, 'close');
  clearTimeout(timer);
  clearTimeout(deadline);
  expect(signal ?? code).toBe(signal ? 'SIGKILL' : 0);
  return { killed: signal !== null, said };
}

interface Line {
  readonly kind: 'started' | 'noted' | 'ended';
  readonly status?: string;
  readonly operations?: readonly OperationRecord[];
}

/** Every whole line of every journal. */
function journals(folder: string): readonly (readonly Line[])[] {
  return readdirSync(join(folder, 'executions')).map((file) => {
    const text = readFileSync(join(folder, 'executions', file), 'utf8');
    const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
    return lines.map((line) => JSON.parse(line) as Line);
  });
}

describe('twenty executions in a process that is killed', () => {
  it('all come to their end, each effect at least once, each step noted exactly once', async () => {
    const folder = temporaryFolder();
    const roll = dice(20_261_102);
    let kills = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const { killed } = await live(folder, 5 + roll() * 150);
      if (killed) kills += 1;
      // A power cut tears lines where a kill does not: some files get the beginning of a line that never was.
      for (const file of readdirSync(join(folder, 'executions'))) {
        if (roll() < 0.2) appendFileSync(join(folder, 'executions', file), '{"kind":"noted","operations":[{"id":"0');
      }
    }
    expect(kills).toBeGreaterThan(KILLS / 2);

    const { said } = await live(folder);
    const results: unknown = JSON.parse(said.at(-1) ?? '');
    expect(results).toHaveLength(20);
    expect(new Set(results as string[])).toEqual(new Set(['CallbackTimeoutError', 'answered']));

    const all = journals(folder);
    expect(all).toHaveLength(40);
    for (const lines of all) {
      expect(lines.map(({ kind }) => kind).filter((kind) => kind !== 'noted')).toEqual(['started', 'ended']);
      expect(lines.at(-1)).toMatchObject({ kind: 'ended', status: 'SUCCEEDED' });
    }

    const effects = readFileSync(join(folder, 'effects.log'), 'utf8').trimEnd().split('\n');
    const lastEffect = new Map<string, string>();
    for (const line of effects) {
      const { order, step, effect } = JSON.parse(line) as Record<string, string>;
      lastEffect.set(`${order} ${step}`, effect ?? '');
    }
    expect(lastEffect.size).toBe(20 * STEPS.length);
    expect(effects.length).toBeLessThanOrEqual(20 * STEPS.length * (1 + kills));

    // What was noted is what the last run of the effect gave: once noted, an effect is never run again.
    const noted = all.flat().flatMap(({ operations }) => operations ?? []);
    const ends = noted.filter(({ name, status }) => STEPS.includes(name ?? '') && status === 'SUCCEEDED');
    expect(ends).toHaveLength(20 * STEPS.length);
    const notedEffects = ends.map(({ result }) => (JSON.parse(result ?? '{}') as { effect: string }).effect);
    expect(notedEffects.sort()).toEqual([...lastEffect.values()].sort());
  }, 60_000);
});
