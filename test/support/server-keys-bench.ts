// A sandbox UCx and the adapter that changes who it lets in, ready for the contract.

import { appendFile, readFile, rename, symlink } from 'node:fs/promises';
import { SshServerKeys } from '../../src/adapters/ssh/ssh-server-keys.ts';
import type { ServerKeysUnderTest } from '../contracts/server-keys.ts';
import { ADDRESS, NOWHERE, openUcxBench, type UcxBench, type UcxBenchOptions } from './ucx-bench.ts';

export interface ServerKeysBench {
  readonly bench: UcxBench;
  /** The account's `authorized_keys`. */
  readonly file: string;
  readonly world: ServerKeysUnderTest;
}

export interface ServerKeysBenchOptions extends UcxBenchOptions {
  /** @default - none */
  readonly options?: string;
  /** @default - the sandbox's dial */
  readonly fillDisk?: (bench: UcxBench) => Promise<void>;
  /** sshd reads another file from now on, which is as the account's is. @default - the sandbox's dial */
  readonly moveElsewhere?: () => Promise<void>;
}

export async function openServerKeysBench(options: ServerKeysBenchOptions = {}): Promise<ServerKeysBench> {
  const bench = await openUcxBench(options);
  const { ucx, profile, network, keys } = bench;
  const file = `${ucx.root}/home/ucxcerts/.ssh/authorized_keys`;
  const through = (privateKey: string) =>
    new SshServerKeys({ network, privateKeys: async () => privateKey, timeoutMs: 5_000 });
  const world: ServerKeysUnderTest = {
    keys: through(keys.ours.private),
    ours: keys.ours.private,
    stranger: keys.stranger.private,
    hostKey: bench.hostKey,
    options: options.options ?? '',
    open: async ({ privateKey = keys.ours.private, hostKey = bench.hostKey, at } = {}) =>
      await through(privateKey).open({ address: at === 'nowhere' ? NOWHERE : ADDRESS, profile, hostKey }),
    lines: async () => (await readFile(file, 'utf8')).split('\n').slice(0, -1),
    append: async (line) => await appendFile(file, `${line}\n`),
    refusals: bench.world.refusals,
    hinder: async (how) => {
      if (how === 'disk-full') await (options.fillDisk?.(bench) ?? ucx.turn({ diskFull: true }));
      else await makeUnwritable(file);
    },
    moveElsewhere: options.moveElsewhere ?? (async () => await ucx.turn({ keysElsewhere: true })),
    close: bench.close,
  };
  return { bench, file, world };
}

/** For root nothing is unwritable by its mode; a link is what the script refuses whoever it runs as. */
async function makeUnwritable(file: string): Promise<void> {
  await rename(file, `${file}.real`);
  await symlink('authorized_keys.real', file);
}
