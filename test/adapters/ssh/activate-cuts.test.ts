// The activation script, cut off behind some of its lines; activate-cuts.peers.ts does it behind all of them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CutBench, type CutRun, cutRuns, openBench, passedLines } from '../../support/cut-runs.ts';
import { randomOf } from '../../support/seeded.ts';

/** Another seed, other lines. */
const SEED = 20_261_123;
const RUNS = 10;

describe('the activation script, killed or rebooted behind any line', () => {
  let benches: readonly CutBench[] = [];

  beforeAll(async () => {
    benches = await Promise.all([
      openBench({ layout: 'separate', shell: 'sh' }),
      openBench({ layout: 'symlink', shell: 'sh' }),
    ]);
  });

  afterAll(async () => {
    await Promise.all(benches.map((bench) => bench.close()));
  });

  it('leaves key and certificate matching, one set served, the service up and no restart too many', async () => {
    const [first] = benches;
    if (!first) throw new Error('no server');
    const lines = await passedLines(first);
    expect(lines.length).toBeGreaterThan(200);
    const random = randomOf(SEED);
    const runs = Array.from({ length: RUNS }, (_, at): readonly CutRun[] => {
      const found = lines[Math.floor(((at + random()) / RUNS) * lines.length)];
      const kind = at % 2 === 0 ? 'kill' : 'reboot';
      const pass = 1 + Math.floor(random() * 3);
      return found ? [{ cut: { ...found.line, pass, kind }, verdict: found.verdict }] : [];
    }).flat();
    expect(runs).toHaveLength(RUNS);
    expect(await cutRuns(runs, benches)).toEqual([]);
  });
});
