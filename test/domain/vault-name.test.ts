// Which names the vault takes.

import { describe, expect, it } from 'vitest';
import { checkVaultName, missingFromVault } from '../../src/domain/vault-name.ts';

describe('a name in the vault', () => {
  it.each(['a', 'service/token-key', 'partners/emetrotel/orders/o1/key.v1', '_x', 'a'.repeat(200)])('is %s', (name) => {
    expect(() => checkVaultName(name)).not.toThrow();
  });

  it.each(['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', 'a/.hidden', 'A', 'a b', 'a\0b', 'é', 'a'.repeat(201)])(
    'is not %j',
    (name) => {
      expect(() => checkVaultName(name)).toThrow(expect.objectContaining({ name: 'bad-request', field: 'name' }));
    },
  );

  it('that is missing is named with its version, cut', () => {
    const problem = missingFromVault({ name: 'a/b', version: 'v'.repeat(500) });
    expect(problem.name).toBe('vault-item-missing');
    expect(problem.message).toBe(`the vault holds no version "${'v'.repeat(200)}" of "a/b"`);
  });
});
