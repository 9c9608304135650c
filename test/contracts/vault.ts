// What every vault must do: one test or more per numbered rule of src/ports/vault.ts.

import { describe, expect, it } from 'vitest';
import type { Vault, VaultRef } from '../../src/ports/vault.ts';

/** Refused by every vault; what an adapter's own test shows is that they touch nothing. */
export const badVaultNames: readonly string[] = [
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  '../a',
  'a/../b',
  'a/./b',
  '.hidden',
  'a/.hidden',
  'A',
  'a b',
  'a\\b',
  'a\0b',
  'a\nb',
  'é',
  'a%2e',
  '@once',
  'a/@unfinished/b',
  'a'.repeat(201),
];

/** `open` gives an empty vault of its own to each test. */
export function vaultContract(open: () => Promise<Vault>): void {
  describe('as Vault', () => {
    it('keeps every version under its own reference', async () => {
      const vault = await open();
      const first = await vault.put('keys/a', bytes('first'));
      const second = await vault.put('keys/a', bytes('second'));
      expect(first.name).toBe('keys/a');
      expect(first.version).not.toBe(second.version);
      expect(await textOf(vault, first)).toBe('first');
      expect(await textOf(vault, second)).toBe('second');
    });

    it('keeps every version of twenty concurrent puts', async () => {
      const vault = await open();
      const refs = await Promise.all(twenty((text) => vault.put('a', bytes(text))));
      const texts = await Promise.all(refs.map((ref) => textOf(vault, ref)));
      expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => `writer ${index}`));
    });

    it('puts once, and answers what stands ever after', async () => {
      const vault = await open();
      const first = await vault.putOnce('a', bytes('first'));
      expect(await vault.putOnce('a', bytes('second'))).toEqual(first);
      expect(await textOf(vault, first)).toBe('first');
    });

    it('gives twenty concurrent callers of putOnce one reference', async () => {
      const vault = await open();
      const refs = await Promise.all(twenty((text) => vault.putOnce('a', bytes(text))));
      expect(new Set(refs.map((ref) => ref.version)).size).toBe(1);
      expect(refs[0] && (await textOf(vault, refs[0]))).toMatch(/^writer \d+$/);
    });

    it('answers the newest version to putOnce, whichever way it came', async () => {
      const vault = await open();
      const first = await vault.put('put-first', bytes('first'));
      expect(await vault.putOnce('put-first', bytes('late'))).toEqual(first);

      const once = await vault.putOnce('once-first', bytes('once'));
      const puts = [];
      for (const text of ['2', '3', '4', '5']) puts.push(await vault.put('once-first', bytes(text)));
      expect(await vault.putOnce('once-first', bytes('late'))).toEqual(puts.at(-1));
      expect(await textOf(vault, once)).toBe('once');
    });

    it.each([
      { what: 'nothing', content: new Uint8Array() },
      { what: 'every byte', content: Uint8Array.from({ length: 256 }, (_, index) => index) },
      { what: 'line ends', content: bytes('\n\r\n\n') },
      { what: 'much', content: new Uint8Array(100_000).fill(7) },
    ])('answers exactly the bytes: $what', async ({ content }) => {
      const vault = await open();
      expect(await vault.get(await vault.put('put', content))).toEqual(content);
      expect(await vault.get(await vault.putOnce('once', content))).toEqual(content);
    });

    it('shares no bytes with what was given or answered', async () => {
      const vault = await open();
      const given = bytes('kept');
      const ref = await vault.put('a', given);
      given.fill(0);
      (await vault.get(ref)).fill(0);
      expect(await textOf(vault, ref)).toBe('kept');
    });

    it('names the reference it does not hold', async () => {
      const vault = await open();
      const a = await vault.put('a', bytes('of a'));
      const once = await vault.putOnce('b', bytes('of b'));
      const missing: readonly VaultRef[] = [
        { name: 'b', version: a.version },
        { name: 'a', version: once.version },
        { name: 'c', version: a.version },
        { name: 'a/b', version: a.version },
        { name: 'a', version: 'no-such' },
        { name: 'a', version: '' },
        { name: 'a', version: '../../b' },
        { name: 'a', version: `${a.version}/` },
      ];
      for (const ref of missing) {
        await expect(vault.get(ref)).rejects.toMatchObject({
          name: 'vault-item-missing',
          message: `the vault holds no version ${JSON.stringify(ref.version)} of "${ref.name}"`,
        });
      }
    });

    it.each([
      'a',
      '0',
      'pbx.northwind.test',
      'accounts/sandbox/key.pem',
      'a/b/c/d/e',
      '-',
      '_',
      'a..b',
      'a'.repeat(200),
    ])('takes the name %j', async (name) => {
      const vault = await open();
      expect(await textOf(vault, await vault.put(name, bytes('kept')))).toBe('kept');
    });

    it('keeps a name and a longer one below it apart', async () => {
      const vault = await open();
      const long = await vault.put('a/b', bytes('long'));
      const short = await vault.putOnce('a', bytes('short'));
      expect(await textOf(vault, long)).toBe('long');
      expect(await textOf(vault, short)).toBe('short');
    });

    it.each(badVaultNames)('refuses the name %j', async (name) => {
      const vault = await open();
      const refusal = { name: 'bad-request', field: 'name' };
      await expect(vault.put(name, bytes(''))).rejects.toMatchObject(refusal);
      await expect(vault.putOnce(name, bytes(''))).rejects.toMatchObject(refusal);
      await expect(vault.get({ name, version: '0'.repeat(32) })).rejects.toMatchObject(refusal);
    });
  });
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}

async function textOf(vault: Vault, ref: VaultRef): Promise<string> {
  return Buffer.from(await vault.get(ref)).toString();
}

function twenty<Answer>(act: (text: string) => Promise<Answer>): readonly Promise<Answer>[] {
  return Array.from({ length: 20 }, (_, index) => act(`writer ${index}`));
}
