// Who sshd lets in: the account's own `authorized_keys`, read anew at each log-in, as OpenSSH does.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';

const TYPE = /(?:^|\s)(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,2}(?=\s|$)/;

export class AuthorizedKeysFile {
  readonly #path: string;
  #elsewhere: string | undefined;

  constructor(home: string) {
    this.#path = join(home, '.ssh/authorized_keys');
  }

  /** A server that has one already keeps it: whatever happened to it since is its state. */
  begin(line: string): void {
    if (existsSync(this.#path)) return;
    mkdirSync(join(this.#path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(this.#path, `${line.trim()}\n`, { mode: 0o600 });
    chmodSync(this.#path, 0o600);
  }

  /** From now on what counts is as it stands now, in another file; or the account's own again. */
  standElsewhere(isElsewhere: boolean): void {
    this.#elsewhere = isElsewhere ? (this.#elsewhere ?? this.#read()) : undefined;
  }

  /** The key with that blob, if it is let in. Options are skipped: everybody visits this machine from its own loopback. */
  find(blob: Buffer): ParsedKey | undefined {
    for (const line of (this.#elsewhere ?? this.#read()).split('\n')) {
      if (/^\s*(?:#|$)/.test(line)) continue;
      const key = TYPE.exec(withoutQuoted(line))?.[0];
      const parsed = key === undefined ? undefined : ssh2.utils.parseKey(key.trim());
      const first = Array.isArray(parsed) ? parsed[0] : parsed;
      if (first === undefined || first instanceof Error) continue;
      if (first.getPublicSSH().equals(blob)) return first;
    }
    return undefined;
  }

  #read(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return '';
    }
  }
}

/** What an option quotes is no key. */
function withoutQuoted(line: string): string {
  return line.replaceAll(/"(?:\\.|[^"\\])*"/g, '""');
}
