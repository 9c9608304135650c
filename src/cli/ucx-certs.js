#!/usr/bin/env node
// The command line: `npx ucx-certs <command>`, for people who would rather type than press. Plain JavaScript: taking the types off costs more than a short command.

import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// beside what npm installed, where nobody else writes; without it, everything is only slower
enableCompileCache?.(fileURLToPath(new URL('../../node_modules/.cache/ucx-certs', import.meta.url)));
const { main } = await import('./main.ts');

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
  readInput: () => readFileSync(0, 'utf8'),
});
