// The file vault keeps the rules, for its owner alone, also when its process is killed at any moment.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileVault } from '../../src/adapters/files/file-vault.ts';
import type { VaultRef } from '../../src/ports/vault.ts';
import { badVaultNames, vaultContract } from '../contracts/vault.ts';
import { vaultRemovalContract } from '../contracts/vault-removal.ts';
import { testFolder } from '../support/storage.ts';

describe('FileVault', () => {
  vaultContract(async () => new FileVault({ folder: join(await testFolder(), 'vault') }));
  vaultRemovalContract(async () => new FileVault({ folder: join(await testFolder(), 'vault') }));

  it('lets nobody but the owner in, whatever the folder was before', async () => {
    const folder = join(await testFolder(), 'vault');
    await mkdir(folder);
    await chmod(folder, 0o755);
    const vault = new FileVault({ folder });
    await vault.put('a/b', Buffer.from('secret'));
    await vault.putOnce('a/c', Buffer.from('secret'));
    const modes = new Set<string>();
    for (const entry of ['.', ...(await readdir(folder, { recursive: true }))]) {
      const seen = await stat(join(folder, entry));
      modes.add(`${seen.isDirectory() ? 'folder' : 'file'} ${(seen.mode & 0o777).toString(8)}`);
    }
    expect(modes).toEqual(new Set(['folder 700', 'file 600']));
  });

  it('makes nothing for a name it refuses, nor for what is only read', async () => {
    const parent = await testFolder();
    const vault = new FileVault({ folder: join(parent, 'vault') });
    for (const name of badVaultNames) {
      await vault.put(name, Buffer.from('secret')).catch(() => undefined);
      await vault.putOnce(name, Buffer.from('secret')).catch(() => undefined);
    }
    await vault.get({ name: 'a', version: '0'.repeat(32) }).catch(() => undefined);
    expect(await readdir(parent)).toEqual([]);
  });

  it('gives versions that sort by age, also within a millisecond and when the clock goes back', async () => {
    const times = [5_000, 5_000, 5_000, 1_000, 9_000];
    const folder = await testFolder();
    let clock = new Date(0);
    const vault = new FileVault({ folder, now: () => clock });
    const versions: string[] = [];
    for (const time of times) {
      clock = new Date(time);
      versions.push((await vault.put('a', Buffer.from('x'))).version);
    }
    expect(versions).toEqual(versions.toSorted());
    expect(versions.every((version) => /^[0-9a-f]{32}$/.test(version))).toBe(true);
  });

  it('is one vault over several processes: all callers of putOnce get one reference', async () => {
    const folder = await testFolder();
    const vaults = Array.from({ length: 10 }, () => new FileVault({ folder }));
    const refs = await Promise.all(vaults.map((vault, index) => vault.putOnce('a', Buffer.from(`writer ${index}`))));
    expect(new Set(refs.map((ref) => ref.version)).size).toBe(1);
  });

  describe('after a crash', () => {
    it('never takes a file that was being written for a version, and clears it away when it is old', async () => {
      const folder = await testFolder();
      const unfinished = join(folder, '@unfinished');
      await mkdir(unfinished, { recursive: true });
      await writeFile(join(unfinished, 'old'), `${'0'.repeat(32)}\nhalf a sec`);
      await writeFile(join(unfinished, 'young'), `${'0'.repeat(32)}\nhalf a sec`);
      const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
      await utimes(join(unfinished, 'old'), longAgo, longAgo);

      const vault = new FileVault({ folder });
      const ref = await vault.putOnce('a', Buffer.from('whole'));
      expect(Buffer.from(await vault.get(ref)).toString()).toBe('whole');
      expect(await readdir(unfinished)).toEqual(['young']);
    });

    it.each([{ content: '' }, { content: '0'.repeat(31) }, { content: `${'1'.repeat(32)}\nof another version` }])(
      'answers no bytes of a file that does not begin with its version: $content',
      async ({ content }) => {
        const folder = await testFolder();
        await mkdir(join(folder, 'a'));
        await writeFile(join(folder, 'a', `@${'0'.repeat(32)}`), content);
        const ref = { name: 'a', version: '0'.repeat(32) };
        await expect(new FileVault({ folder }).get(ref)).rejects.toMatchObject({ name: 'vault-item-missing' });
      },
    );

    it.each([{ acknowledgements: 1 }, { acknowledgements: 12 }, { acknowledgements: 40 }])(
      'holds every acknowledged version whole and no half one (killed after $acknowledgements)',
      async ({ acknowledgements }) => {
        const folder = await testFolder();
        const refs = await killWriter(folder, acknowledgements);
        const vault = new FileVault({ folder });
        for (const ref of refs) expect(isWhole(await vault.get(ref))).toBe(true);

        const files = await readdir(folder, { recursive: true });
        const versions = files.filter((file) => /@([0-9a-f]{32}|once)$/.test(file));
        expect(versions.length).toBeGreaterThanOrEqual(refs.length);
        for (const file of versions) expect(isWhole((await readFile(join(folder, file))).subarray(33))).toBe(true);
        for (const ref of refs.filter(({ name }) => name.startsWith('once/'))) {
          expect(await vault.putOnce(ref.name, Buffer.from('late'))).toEqual(ref);
        }
      },
    );
  });
});

const CONTENT_LENGTH = 300_000;

/** As the writer below writes it: one byte, over and over. */
function isWhole(bytes: Uint8Array): boolean {
  return bytes.length === CONTENT_LENGTH && bytes.every((byte) => byte === bytes[0]);
}

/** Runs a process of eight writers, kills it after that many acknowledgements and answers all it has acknowledged. */
async function killWriter(folder: string, acknowledgements: number): Promise<readonly VaultRef[]> {
  const program = new URL('../../src/adapters/files/file-vault.ts', import.meta.url).href;
  const code = `
    const { FileVault } = await import(${JSON.stringify(program)});
    const vault = new FileVault({ folder: ${JSON.stringify(folder)} });
    const write = async (writer) => {
      for (let count = 0; ; count += 1) {
        const bytes = Buffer.alloc(${CONTENT_LENGTH}, 65 + count % 26);
        const ref = writer % 2 ? await vault.put('put/' + writer, bytes) : await vault.putOnce('once/' + writer + '-' + count, bytes);
        process.stdout.write(JSON.stringify(ref) + '\\n');
      }
    };
    for (let writer = 0; writer < 8; writer += 1) write(writer);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === acknowledgements) child.kill('SIGKILL');
  }
  return lines.map((line) => JSON.parse(line) as VaultRef);
}
