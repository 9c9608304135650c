// Public halves of SSH keys as OpenSSH writes them: what they are called by, and which of several is meant.

import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';
import { quoted } from './quoted-text.ts';

export interface SshPublicKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` and its like. */
  readonly type: string;
  /** Base64, as it stands in a line. */
  readonly blob: string;
}

const TYPE = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;
const BLOB = /^[A-Za-z0-9+/]{40,1000}={0,2}$/;

/** Of `ssh-ed25519 AAAA…`, without options before or a comment behind; anything else is a `profile-unknown` problem. */
export function parsePublicKey(text: string): SshPublicKey {
  const [type = '', blob = '', ...more] = text.split(' ');
  if (more.length === 0 && TYPE.test(type) && BLOB.test(blob)) return { type, blob };
  throw new Problem('profile-unknown', `${quoted(text)} is no public key as OpenSSH writes it`);
}

/** As `ssh-keygen -lf` prints it: `SHA256:<base64 without padding>`. */
export function sshKeyId(publicKey: string): string {
  const { blob } = parsePublicKey(publicKey);
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replaceAll('=', '')}`;
}
