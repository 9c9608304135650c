import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../../src/sandbox/engine/folder-lock.ts';
import { temporaryFolder } from './engine-under-test.ts';

/** The process id of a process that has ended. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
}

describe('the lock of a folder', () => {
  it('keeps others out until it is released', () => {
    const folder = temporaryFolder();
    const release = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ name: 'state-in-use' }));
    release();
    lockFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a dead process, and from what is no lock', () => {
    const folder = temporaryFolder();
    for (const left of [JSON.stringify({ pid: deadPid() }), '', 'not ours', '{"pid":"x"}', 'null']) {
      writeFileSync(join(folder, 'engine.lock'), left);
      lockFolder(folder)();
    }
    expect(existsSync(join(folder, 'engine.lock'))).toBe(false);
  });

  it('is not taken over from a living process', async () => {
    const folder = temporaryFolder();
    const living = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      writeFileSync(join(folder, 'engine.lock'), JSON.stringify({ pid: living.pid }));
      expect(() => lockFolder(folder)).toThrow(`process ${living.pid} holds`);
    } finally {
      living.kill('SIGKILL');
      await once(living, 'exit');
    }
    lockFolder(folder)();
  });

  it.runIf(existsSync('/proc/self/stat'))('is taken over when its process id belongs to another process by now', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'engine.lock'), JSON.stringify({ pid: process.pid, born: '1' }));
    lockFolder(folder)();
  });

  it('is left alone by a holder that has lost it', () => {
    const folder = temporaryFolder();
    const release = lockFolder(folder);
    writeFileSync(join(folder, 'engine.lock'), 'of somebody else');
    release();
    expect(readFileSync(join(folder, 'engine.lock'), 'utf8')).toBe('of somebody else');
  });
});
