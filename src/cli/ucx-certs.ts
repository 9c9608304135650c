#!/usr/bin/env node
// The command line: `npx ucx-certs <command>`, the way in for people who would rather type than press.

import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

// what is compiled once is not compiled again: half of the time a short command takes
enableCompileCache();

const { main } = await import('./main.ts');

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  readInput: () => readFileSync(0, 'utf8'),
});
