// Installs what the lockfile names and this clone lacks. Plain JavaScript: it must run on the Node a newcomer has.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const wanted = `${here}package-lock.json`;
const installed = `${here}node_modules/.ucx-certs-lock.json`;
const attempts = 3;

if (!existsSync(installed) || readFileSync(installed, 'utf8') !== readFileSync(wanted, 'utf8')) install();

function install() {
  process.stderr.write('installing what package-lock.json names (about a minute, once)\n');
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const run = spawnSync(
      'npm',
      ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
      {
        cwd: here,
        stdio: ['ignore', 'ignore', 'inherit'],
        shell: process.platform === 'win32',
      },
    );
    if (run.status === 0) return copyFileSync(wanted, installed);
    process.stderr.write(`npm ci ended with ${run.status ?? run.error?.message}, attempt ${attempt} of ${attempts}\n`);
  }
  process.exit(1);
}
