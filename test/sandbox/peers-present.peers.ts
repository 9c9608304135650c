// A peers suite that cannot run fails: nothing of it is skipped because a program is missing.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { MOTO_VERSION } from '../support/moto-place.ts';
import { missingPeers, peerPrograms } from '../support/peer-programs.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

it('has every program it needs', () => {
  expect(missingPeers(process.env.PATH ?? '')).toBeUndefined();
});

it('says what to install where there is none', () => {
  const said = missingPeers('/nowhere', []);
  expect(said).toMatch(/^npm run test:peers needs pebble, certbot, .*: run \.ci\/peers, or apt-get install pebble /);
  for (const [program, name] of Object.entries(peerPrograms)) {
    expect(said).toContain(program);
    expect(said).toContain(name);
  }
});

it('says so when only moto is missing', () => {
  const said = missingPeers(process.env.PATH ?? '', undefined, '/nowhere');
  expect(said).toBe(`npm run test:peers needs moto ${MOTO_VERSION}: run .ci/peers`);
});

it('gets the moto it looks for from .ci/peers', () => {
  expect(readFileSync(join(project, '.ci/peers'), 'utf8')).toContain(`\nmoto_version=${MOTO_VERSION}\n`);
});

it('gets every program from .ci/peers', () => {
  const listed = /packages=\(([^)]*)\)/.exec(readFileSync(join(project, '.ci/peers'), 'utf8'))?.[1] ?? '';
  expect(listed.split(' ').sort()).toEqual([...new Set(Object.values(peerPrograms))].sort());
});

it('fails, before any test, on a machine without them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-peers-'));
  try {
    symlinkSync(process.execPath, join(folder, 'node'));
    const run = spawnSync(
      'node',
      [join(project, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'peers', 'dns.peers'],
      {
        cwd: project,
        env: { PATH: folder, HOME: dirname(folder) },
        encoding: 'utf8',
        timeout: 30_000,
      },
    );
    expect(run.status).not.toBe(0);
    expect(`${run.stdout}${run.stderr}`).toMatch(/npm run test:peers needs pebble.*run \.ci\/peers/);
    expect(run.stdout).not.toMatch(/\d+ passed/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
