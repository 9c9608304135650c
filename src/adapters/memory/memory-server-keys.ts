// Who is let in by servers in memory: the lines of each, and what goes wrong there, for tests of workflows.

import { createHash } from 'node:crypto';
import { Problem } from '../../domain/problem.ts';
import { parsePublicKey } from '../../domain/ssh-public-key.ts';
import type { ApplianceAddress } from '../../ports/appliances.ts';
import type { AuthorizedKeys, ServerKeys, SshKeyKind } from '../../ports/server-keys.ts';

export interface MemoryServerDials {
  readonly unreachable: boolean;
  readonly hostKey: string;
  /** Who is let in stands elsewhere: what is written changes nothing. */
  readonly keysElsewhere: boolean;
  readonly unwritable: boolean;
  readonly diskFull: boolean;
}

const QUIET: MemoryServerDials = {
  unreachable: false,
  hostKey: `SHA256:${'A'.repeat(43)}`,
  keysElsewhere: false,
  unwritable: false,
  diskFull: false,
};

interface MemoryServer {
  lines: readonly string[];
  /** Those that count while the dial says so. */
  elsewhere: readonly string[];
  dials: MemoryServerDials;
  logins: number;
  refusals: number;
}

export class MemoryServerKeys implements ServerKeys {
  readonly #privateKeys: (address: ApplianceAddress) => Promise<string>;
  readonly #servers = new Map<string, MemoryServer>();
  #drawn = 0;

  constructor(privateKeys: (address: ApplianceAddress) => Promise<string>) {
    this.#privateKeys = privateKeys;
  }

  /** A server at that address, which lets these keys in. */
  furnish(address: string, lines: readonly string[]): void {
    this.#servers.set(address, { lines, elsewhere: lines, dials: QUIET, logins: 0, refusals: 0 });
  }

  turn(address: string, dials: Partial<MemoryServerDials>): void {
    const server = this.#at(address);
    if (!server.dials.keysElsewhere) server.elsewhere = server.lines;
    server.dials = { ...server.dials, ...dials };
  }

  append(address: string, line: string): void {
    const server = this.#at(address);
    server.lines = [...server.lines, line];
  }

  lines(address: string): readonly string[] {
    return this.#at(address).lines;
  }

  count(address: string, what: 'logins' | 'refusals'): number {
    return this.#at(address)[what];
  }

  /** Also how servers in memory that are something else than this decide. Problems: those of `open`. */
  async enter(address: ApplianceAddress): Promise<string> {
    const server = this.#servers.get(address.address);
    const { unreachable, hostKey, keysElsewhere } = server?.dials ?? QUIET;
    if (server === undefined || unreachable)
      throw new Problem('server-unreachable', `"${address.address}" cannot be reached`);
    if (address.hostKey !== undefined && address.hostKey !== hostKey)
      throw new Problem('host-key-mismatch', `"${address.address}" shows ${hostKey}, pinned is ${address.hostKey}`);
    const publicKey = this.publicHalf(await this.#privateKeys(address));
    if (!(keysElsewhere ? server.elsewhere : server.lines).some((line) => hasKey(line, publicKey))) {
      server.refusals += 1;
      throw new Problem('ssh-authentication-refused', `"${address.address}" refused our key`);
    }
    server.logins += 1;
    return publicKey;
  }

  async open(address: ApplianceAddress): Promise<AuthorizedKeys> {
    const present = await this.enter(address);
    const server = this.#at(address.address);
    const change = (lines: readonly string[]): void => {
      const { unwritable, diskFull } = server.dials;
      if (unwritable || !server.lines.some((line) => hasKey(line, present)))
        throw new Problem('keys-not-changed', 'who is let in stays as it was');
      if (diskFull) throw new Problem('disk-full', 'no room for another authorized_keys');
      if (!lines.some((line) => hasKey(line, present)))
        throw new Problem('keys-not-changed', 'the key we are logged in with would be gone');
      server.lines = lines;
    };
    return {
      hostKey: server.dials.hostKey,
      admit: async (line) => {
        const key = line.split(' ').slice(-3, -1).join(' ');
        if (!server.lines.includes(line)) change([...server.lines.filter((other) => !hasKey(other, key)), line]);
        else change(server.lines);
      },
      holds: async (publicKey) => server.lines.some((line) => hasKey(line, publicKey)),
      retire: async (publicKeys) =>
        change(server.lines.filter((line) => !publicKeys.some((publicKey) => hasKey(line, publicKey)))),
      close: async () => {},
    };
  }

  async make(kind: SshKeyKind): Promise<string> {
    this.#drawn += 1;
    return `private half ${this.#drawn}, ${kind}`;
  }

  /** Nothing that OpenSSH would take: a digest stands for it. */
  publicHalf(privateKey: string): string {
    return `ssh-ed25519 ${createHash('sha256').update(privateKey).digest('base64')}`;
  }

  #at(address: string): MemoryServer {
    const server = this.#servers.get(address);
    if (server === undefined) throw new Error(`no server at ${address}`);
    return server;
  }
}

function hasKey(line: string, publicKey: string): boolean {
  const { type, blob } = parsePublicKey(publicKey);
  if (line.trimStart().startsWith('#')) return false;
  const words = line.split(' ');
  return words.some((word, at) => word === type && words[at + 1] === blob);
}
