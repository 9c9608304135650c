// What every vault that can destroy must do: one test or more per numbered rule of src/ports/vault-removal.ts.

import { describe, expect, it } from 'vitest';
import type { Vault } from '../../src/ports/vault.ts';
import type { VaultRemoval } from '../../src/ports/vault-removal.ts';

/** `open` gives an empty vault of its own to each test. */
export function vaultRemovalContract(open: () => Promise<Vault & VaultRemoval>): void {
  describe('as VaultRemoval', () => {
    it.each(['put', 'putOnce'] as const)('lets nobody read what was destroyed (%s)', async (way) => {
      const vault = await open();
      const ref = await vault[way]('keys/a', bytes('secret'));
      await vault.destroy(ref);
      await expect(vault.get(ref)).rejects.toMatchObject({ name: 'vault-item-missing' });
    });

    it('leaves other versions and other names as they were', async () => {
      const vault = await open();
      const once = await vault.putOnce('a', bytes('1'));
      const middle = await vault.put('a', bytes('2'));
      const last = await vault.put('a', bytes('3'));
      const below = await vault.put('a/b', bytes('4'));
      await vault.destroy(middle);
      const texts = [once, last, below].map(async (ref) => Buffer.from(await vault.get(ref)).toString());
      expect(await Promise.all(texts)).toEqual(['1', '3', '4']);
    });

    it('destroys twice, and what never was, without a word', async () => {
      const vault = await open();
      const kept = await vault.put('a', bytes('kept'));
      const ref = await vault.put('a', bytes('gone'));
      await vault.destroy(ref);
      await vault.destroy(ref);
      for (const version of ['', 'no-such', '../a', '0'.repeat(32)]) await vault.destroy({ name: 'a', version });
      await vault.destroy({ name: 'never', version: ref.version });
      expect(Buffer.from(await vault.get(kept)).toString()).toBe('kept');
    });

    it('refuses a bad name', async () => {
      const vault = await open();
      const refusal = { name: 'bad-request', field: 'name' };
      await expect(vault.destroy({ name: '../a', version: '0'.repeat(32) })).rejects.toMatchObject(refusal);
    });

    it('answers what is left to putOnce, and keeps anew where nothing is', async () => {
      const vault = await open();
      const first = await vault.putOnce('a', bytes('first'));
      const second = await vault.put('a', bytes('second'));
      await vault.destroy(second);
      expect(await vault.putOnce('a', bytes('late'))).toEqual(first);
      await vault.destroy(first);
      const anew = await vault.putOnce('a', bytes('anew'));
      expect(anew.version).not.toBe(first.version);
      expect(Buffer.from(await vault.get(anew)).toString()).toBe('anew');
    });
  });
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}
