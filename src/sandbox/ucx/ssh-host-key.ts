// The server's SSH host key, made once and kept on its disk, and how it is written for people.

import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import { readIfThere, writeAtOnce } from './ucx-folder.ts';

export interface HostKey {
  /** OpenSSH's private key format. */
  readonly privateKey: string;
  /** `SHA256:<base64 without padding>`, as `ssh-keygen -lf` prints it. */
  readonly fingerprint: string;
}

export async function keptHostKey(path: string): Promise<HostKey> {
  const kept = await readIfThere(path);
  if (kept !== undefined) return asHostKey(kept);
  const made = makeSshKeys();
  await writeAtOnce(path, made.private, 0o600);
  return asHostKey(made.private);
}

export interface SshKeys {
  /** OpenSSH's private key format. */
  readonly private: string;
  /** `ssh-ed25519 AAAA…`. */
  readonly public: string;
}

/**
 * An ed25519 pair that can be read again: ssh2 1.17 drops zero bytes a public key begins with (lib/keygen.js, "Remove leading zero
 * bytes"), so one of 256 pairs it makes is broken.
 */
export function makeSshKeys(): SshKeys {
  for (;;) {
    const made = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(made.private) instanceof Error)) return made;
  }
}

/** The blob an OpenSSH public key line holds (`ssh-ed25519 AAAA… comment`). */
export function publicKeyBlob(line: string): Buffer {
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error) throw new Error(`authorizedKey is not an OpenSSH public key: ${key.message}`);
  const first = Array.isArray(key) ? key[0] : key;
  if (!first) throw new Error('authorizedKey is empty');
  return first.getPublicSSH();
}

function asHostKey(privateKey: string): HostKey {
  const digest = createHash('sha256').update(publicKeyBlob(privateKey)).digest('base64');
  return { privateKey, fingerprint: `SHA256:${digest.replace(/=+$/, '')}` };
}
