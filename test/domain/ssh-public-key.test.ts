// Public halves of SSH keys: what they are called by, and what is none.

import { describe, expect, it } from 'vitest';
import { parsePublicKey, sshKeyId } from '../../src/domain/ssh-public-key.ts';

/** Made and named by `ssh-keygen` of OpenSSH 9.2. */
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDdWDAb5kd0lY32BxvdtHg4M3t1kGdKUHLpEgltSYanC';

describe('a public key', () => {
  it('is called as ssh-keygen calls it', () => {
    expect(sshKeyId(KEY)).toBe('SHA256:vtInafi0EaMzUQhQIVMsrwm8MDzfMsp8+anuFRwdEFQ');
  });

  it.each(['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'])(
    'of type %s is read',
    (type) => {
      const blob = `${'A'.repeat(70)}==`;
      expect(parsePublicKey(`${type} ${blob}`)).toEqual({ type, blob });
    },
  );

  it.each([
    '',
    KEY.replace(' ', '  '),
    `${KEY} comment`,
    `no-pty ${KEY}`,
    `${KEY}\n`,
    `${KEY}\nssh-ed25519 ${'B'.repeat(68)}`,
    KEY.replace('ed25519 ', 'dss '),
    'ssh-ed25519 AAAA',
    `ssh-ed25519 ${'A'.repeat(1_001)}`,
    `ssh-ed25519 ${'A'.repeat(60)}"`,
  ])('is not %j', (text) => {
    expect(() => parsePublicKey(text)).toThrow(/is no public key/);
    expect(() => sshKeyId(text)).toThrow(/is no public key/);
  });
});
