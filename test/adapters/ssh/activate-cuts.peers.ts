// The activation script under dash, bash and busybox, cut off behind every line it passes: killed, rebooted, its connection cut.

import { beforeAll, describe, expect, it } from 'vitest';
import { type CutRun, cutRuns, openBench, passedLines, type TestShell } from '../../support/cut-runs.ts';
import type { CutKind } from '../../support/cut-script.ts';

const SHELLS: readonly TestShell[] = ['dash', 'bash', 'busybox'];

/**
 * Together the three shells pass every line with a reboot and with a cut connection. A kill alone is what a reboot is without the boot:
 * a sample of it is in activate-cuts.test.ts.
 */
const plans: readonly { shell: TestShell; kind: CutKind }[] = (['reboot', 'cut'] as const).flatMap((kind) =>
  SHELLS.map((shell) => ({ shell, kind })),
);

describe('the activation script, cut off behind every line', () => {
  let lines: Awaited<ReturnType<typeof passedLines>> = [];

  beforeAll(async () => {
    const bench = await openBench({ layout: 'separate', shell: 'dash' });
    lines = await passedLines(bench).finally(() => bench.close());
  });

  it('finds the lines', () => {
    expect(lines.length).toBeGreaterThan(200);
  });

  it.each(plans)('ends whole under $shell, whatever is cut off by a $kind', { timeout: 600_000 }, async (plan) => {
    const { shell, kind } = plan;
    const over = kind === 'cut' ? { over: 'ssh' as const } : {};
    const layouts = ['separate', 'symlink', 'separate', 'symlink'] as const;
    const benches = await Promise.all(layouts.map((layout) => openBench({ layout, shell, ...over })));
    try {
      const mine = lines.filter((_, at) => at % SHELLS.length === SHELLS.indexOf(shell));
      const runs = mine.map(
        ({ line, verdict }, at): CutRun => ({ cut: { ...line, pass: 1 + (at % 3), kind }, verdict }),
      );
      expect(await cutRuns(runs, benches)).toEqual([]);
    } finally {
      await Promise.all(benches.map((bench) => bench.close()));
    }
  });
});
