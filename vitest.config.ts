// What `npm test` and `npm run test:peers` run: everything that needs only Node, and what needs other people's programs.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They wait for sockets and disks more than they compute: a worker a core leaves the cores idle.
          maxWorkers: 5,
          // Most of a small file's time is loading modules; every file puts back what it fakes.
          isolate: false,
        },
      },
      {
        test: {
          name: 'peers',
          include: ['test/**/*.peers.ts'],
          globalSetup: ['test/support/peer-programs.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
