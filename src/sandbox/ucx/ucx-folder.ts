// Where everything of one sandbox UCx lies on disk: the server's own tree, and beside it what the machine itself remembers.

import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class UcxFolder {
  /** The server's `/`; every path of the server is this and more. */
  readonly root: string;
  /** What is not on the server's disk: counts, power mark, requests of its commands. */
  readonly machine: string;
  readonly bin: string;
  readonly sslConf: string;
  readonly log: string;
  readonly home: string;
  readonly stagingFolder: string;
  readonly spool: string;
  /** Its being there means: no room. */
  readonly diskFullFlag: string;
  /** Its being there means: the firewall lets nothing through to the push server. */
  readonly pushBlockedFlag: string;

  constructor(folder: string, account: string) {
    this.root = join(folder, 'root');
    this.machine = join(folder, 'machine');
    this.bin = join(this.root, 'bin');
    this.sslConf = join(this.root, 'etc/httpd/conf.d/ssl.conf');
    this.log = join(this.root, 'var/log');
    this.home = join(this.root, 'home', account);
    this.stagingFolder = join(this.root, 'var/lib/ucx-certs');
    this.spool = join(this.machine, 'spool');
    this.diskFullFlag = join(this.machine, 'disk-full');
    this.pushBlockedFlag = join(this.machine, 'push-blocked');
  }

  /** Makes what is missing. */
  async make(): Promise<void> {
    const open = [this.bin, join(this.sslConf, '..'), join(this.log, 'ucx'), join(this.root, 'tmp')];
    for (const folder of open) await mkdir(folder, { recursive: true, mode: 0o755 });
    for (const folder of [this.home, this.stagingFolder]) await mkdir(folder, { recursive: true, mode: 0o750 });
    await mkdir(this.spool, { recursive: true, mode: 0o700 });
  }
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Whole or not at all, also when the process is killed meanwhile. */
export async function writeAtOnce(path: string, text: string, mode = 0o600): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, text, { mode });
  await rename(beside, path);
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
