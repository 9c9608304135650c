#!/usr/bin/env node
// The command line: `npx ucx-certs <command>`, the way in for people who would rather type than press.

import { main } from './main.ts';

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  write: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
});
