// One file of tests over our source with one line changed, as `PLANTED_BUG` says: what a contract is worth.

import { defineConfig } from 'vitest/config';

export interface PlantedLine {
  /** Path inside the project. */
  readonly file: string;
  /** Must be there exactly once. */
  readonly line: string;
  readonly instead: string;
  /** The tests to run over it. */
  readonly tests: string;
}

const bug: PlantedLine = JSON.parse(process.env.PLANTED_BUG ?? 'null');

export default defineConfig({
  plugins: [
    {
      name: 'planted-bug',
      enforce: 'pre',
      transform(code, id) {
        if (!id.split('?')[0]?.endsWith(`/${bug.file}`)) return undefined;
        const found = code.split(bug.line).length - 1;
        if (found !== 1) throw new Error(`"${bug.line}" is ${found} times in ${bug.file}, not once`);
        return code.replace(bug.line, () => bug.instead);
      },
    },
  ],
  test: {
    include: [bug.tests],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    // It would give one bug's modules to the next.
    fsModuleCache: false,
  },
});
