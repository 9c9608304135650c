// A watch over certificate and key tells of a change once it has lasted, and of nothing while nobody looks.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchFiles } from '../../../src/sandbox/ucx/file-watch.ts';
import type { SetOnDisk } from '../../../src/sandbox/ucx/service-files.ts';

const set = (certfilePem: string, keyPem: string): SetOnDisk => ({ certfilePem, keyPem, cacertfilePem: '' });

let disk: SetOnDisk | undefined;
let afterMs: number | undefined;
let told: (string | undefined)[];
let timer: NodeJS.Timeout;

beforeEach(() => {
  vi.useFakeTimers();
  disk = set('old', 'old');
  afterMs = 100;
  told = [];
  timer = watchFiles({
    read: () => {
      if (!disk) throw new Error('gone');
      return disk;
    },
    started: disk,
    afterMs: () => afterMs,
    changed: (files) => told.push(files?.certfilePem),
  });
});

afterEach(() => {
  clearInterval(timer);
  vi.useRealTimers();
});

describe('watchFiles', () => {
  it('tells nothing while the files are the same', () => {
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
  });

  it('tells of other files once, after they have been other ones for long enough', () => {
    disk = set('new', 'new');
    vi.advanceTimersByTime(100);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(['new']);
  });

  it('tells nothing while nobody looks, and catches up when somebody does', () => {
    afterMs = undefined;
    disk = set('new', 'new');
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([]);
    afterMs = 0;
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['new']);
  });

  it('forgets a change that was taken back in time', () => {
    disk = set('old', 'new');
    vi.advanceTimersByTime(90);
    disk = set('old', 'old');
    vi.advanceTimersByTime(40);
    disk = set('old', 'new');
    vi.advanceTimersByTime(90);
    expect(told).toEqual([]);
  });

  it('tells of files that cannot be read, and of their return', () => {
    disk = undefined;
    vi.advanceTimersByTime(500);
    disk = set('old', 'old');
    vi.advanceTimersByTime(500);
    expect(told).toEqual([undefined, 'old']);
  });
});
