// The vault as files on one machine: a version is there whole or not at all, and never written over.

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkVaultName, missingFromVault } from '../../domain/vault-name.ts';
import type { Vault, VaultRef } from '../../ports/vault.ts';
import type { VaultRemoval } from '../../ports/vault-removal.ts';
import { errnoOf, placeNewFile, syncFolder } from './durable-file.ts';

export interface FileVaultOptions {
  /** Made if missing; given to its owner alone (0700) if it stands open. */
  readonly folder: string;

  /** @default - the machine's clock */
  readonly now?: () => Date;

  /** @default randomBytes */
  readonly drawBytes?: (count: number) => Buffer;
}

/** Names of ours begin with `@`, which no name of the vault may hold: they cannot meet. */
const UNFINISHED = '@unfinished';
const ONCE = '@once';

/** 12 digits of time in milliseconds, 20 drawn: versions sort by age and cannot be guessed. */
const VERSION = /^[0-9a-f]{32}$/;
const VERSION_LENGTH = 32;

/** A file being written is never this old; what is, was left by a process that was killed. */
const ABANDONED_AFTER_MS = 60 * 60_000;

/**
 * A name is a folder, a version a file `@<version>` in it that begins with its own version and a line end. What `putOnce` keeps lies under
 * the one name `@once`, so that the file system decides who was first; it counts as older than any other version of the name.
 */
export class FileVault implements Vault, VaultRemoval {
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #drawBytes: (count: number) => Buffer;
  #prepared: Promise<void> | undefined;

  constructor({ folder, now = () => new Date(), drawBytes = randomBytes }: FileVaultOptions) {
    this.#folder = folder;
    this.#now = now;
    this.#drawBytes = drawBytes;
  }

  async put(name: string, bytes: Uint8Array): Promise<VaultRef> {
    checkVaultName(name);
    const version = this.#drawVersion(await this.#latest(name));
    await this.#keep(name, { version, file: `@${version}` }, bytes);
    return { name, version };
  }

  async putOnce(name: string, bytes: Uint8Array): Promise<VaultRef> {
    checkVaultName(name);
    const standing = await this.#latest(name);
    if (standing !== undefined) return { name, version: standing };
    const version = this.#drawVersion(undefined);
    try {
      await this.#keep(name, { version, file: ONCE }, bytes);
      return { name, version };
    } catch (error) {
      const first = errnoOf(error) === 'EEXIST' ? await this.#latest(name) : undefined;
      if (first === undefined) throw error;
      return { name, version: first };
    }
  }

  async get(ref: VaultRef): Promise<Uint8Array> {
    checkVaultName(ref.name);
    if (!VERSION.test(ref.version)) throw missingFromVault(ref);
    const kept = (await this.#read(ref.name, `@${ref.version}`)) ?? (await this.#read(ref.name, ONCE));
    if (kept?.version !== ref.version) throw missingFromVault(ref);
    return kept.bytes;
  }

  /** What is gone after it is gone after a crash too. The file's octets may be on the disk for a while: an encrypted disk is its owner's to have. */
  async destroy(ref: VaultRef): Promise<void> {
    checkVaultName(ref.name);
    if (!VERSION.test(ref.version)) return;
    const folder = join(this.#folder, ref.name);
    const isOnce = (await this.#read(ref.name, ONCE))?.version === ref.version;
    const path = join(folder, isOnce ? ONCE : `@${ref.version}`);
    const stood = await stat(path).catch(ignoreAbsence);
    if (stood === undefined) return;
    await rm(path, { force: true });
    await syncFolder(folder);
  }

  async #keep(
    name: string,
    place: { readonly version: string; readonly file: string },
    bytes: Uint8Array,
  ): Promise<void> {
    this.#prepared ??= this.#prepare();
    await this.#prepared.catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    const folder = join(this.#folder, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#syncFoldersAbove(name);
    await placeNewFile({
      path: join(folder, place.file),
      unfinished: join(this.#folder, UNFINISHED, this.#drawBytes(16).toString('hex')),
      content: [Buffer.from(`${place.version}\n`), bytes],
    });
  }

  async #prepare(): Promise<void> {
    await mkdir(join(this.#folder, UNFINISHED), { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    const abandonedBefore = this.#now().getTime() - ABANDONED_AFTER_MS;
    for (const file of await readdir(join(this.#folder, UNFINISHED))) {
      const path = join(this.#folder, UNFINISHED, file);
      const writtenAt = (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
      if (writtenAt < abandonedBefore) await rm(path, { force: true });
    }
  }

  /** A folder is on the disk once the folder above it is; another caller may have made it a moment ago. */
  async #syncFoldersAbove(name: string): Promise<void> {
    const segments = name.split('/');
    for (const [depth] of segments.entries()) await syncFolder(join(this.#folder, ...segments.slice(0, depth)));
  }

  /** What the name holds now. */
  async #latest(name: string): Promise<string | undefined> {
    const files = await readdir(join(this.#folder, name)).catch(ignoreAbsence);
    const versions = (files ?? []).filter((file) => file.startsWith('@')).map((file) => file.slice(1));
    const latest = versions
      .filter((version) => VERSION.test(version))
      .sort()
      .at(-1);
    return latest ?? (await this.#read(name, ONCE))?.version;
  }

  async #read(
    name: string,
    file: string,
  ): Promise<{ readonly version: string; readonly bytes: Uint8Array } | undefined> {
    const content = await readFile(join(this.#folder, name, file)).catch(ignoreAbsence);
    if (content === undefined) return undefined;
    return {
      version: content.subarray(0, VERSION_LENGTH).toString('latin1'),
      bytes: Uint8Array.from(content.subarray(VERSION_LENGTH + 1)),
    };
  }

  /** Sorts after the latest, also within a millisecond and when the clock goes back. */
  #drawVersion(latest: string | undefined): string {
    const latestMs = latest === undefined ? -1 : Number.parseInt(latest.slice(0, 12), 16);
    const ms = Math.max(this.#now().getTime(), latestMs + 1);
    return ms.toString(16).padStart(12, '0') + this.#drawBytes(10).toString('hex');
  }
}

function ignoreAbsence(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
