// One living process per folder: a lock file with its process id, taken over when that process is dead.

import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../domain/problem.ts';

interface Holder {
  readonly pid: number;
  /** When the process began, in the kernel's ticks, so that a reused process id is not taken for the holder. Linux only. */
  readonly born?: string | undefined;
}

/** How often a lock that changes hands under our eyes is looked at again. */
const MAX_TRIES = 5;

/**
 * Takes `folder`/engine.lock and gives back what releases it. Held by a living process (this one included) it is a
 * `state-in-use` problem. Linking a finished file makes taking it atomic: nobody reads a half-written lock.
 */
export function lockFolder(folder: string): () => void {
  const lock = join(folder, 'engine.lock');
  const mine = JSON.stringify({ pid: process.pid, born: processStat(process.pid)?.born, token: randomUUID() });
  const draft = `${lock}.${randomUUID()}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (linked(draft, lock)) return () => release(lock, mine);
      clearDead(lock);
    }
    throw new Problem('state-in-use', `others are taking and leaving "${lock}"`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function linked(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Removes the lock if its process is dead. What is moved away is looked at again: another may have taken it over meanwhile. */
function clearDead(lock: string): void {
  const seen = readIfThere(lock);
  if (seen === undefined) return;
  refuseLiving(seen, lock);
  const aside = `${lock}.${randomUUID()}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if (readIfThere(aside) !== seen) linked(aside, lock);
  rmSync(aside, { force: true });
}

function refuseLiving(text: string, lock: string): void {
  const holder = parseHolder(text);
  if (holder && isAlive(holder)) {
    throw new Problem('state-in-use', `process ${holder.pid} holds "${lock}"`);
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    if (!isCode(error, 'EPERM')) return false;
  }
  const stat = processStat(holder.pid);
  if (!stat) return true;
  if (stat.state === 'Z' || stat.state === 'X') return false;
  return holder.born === undefined || holder.born === stat.born;
}

/** Fields 3 (state) and 22 (start time) of /proc/<pid>/stat, proc_pid_stat(5); undefined where there is no /proc. */
function processStat(pid: number): { readonly state: string; readonly born: string } | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // Field 2 is the program's name in brackets and may hold anything, brackets included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, born] = [fields[0], fields[19]];
  return state && born ? { state, born } : undefined;
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(text);
    const isHolder =
      typeof holder === 'object' && holder !== null && 'pid' in holder && Number.isSafeInteger(holder.pid);
    return isHolder ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function release(lock: string, mine: string): void {
  if (readIfThere(lock) === mine) rmSync(lock, { force: true });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
