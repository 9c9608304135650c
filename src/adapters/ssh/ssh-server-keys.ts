// The keys a server lets our account in with, over SSH: its `authorized_keys`, replaced there by a script of ours.

import { promisify } from 'node:util';
import ssh2, { type ParsedKey } from 'ssh2';
import { Problem } from '../../domain/problem.ts';
import { parsePublicKey } from '../../domain/ssh-public-key.ts';
import type { ApplianceAddress } from '../../ports/appliances.ts';
import type { AuthorizedKeys, ServerKeys, SshKeyKind } from '../../ports/server-keys.ts';
import { CHANGE_KEYS, LOOK_FOR_KEY } from './authorized-keys-script.ts';
import type { Connection } from './connection.ts';
import { openConnection, type ServerConnectionOptions } from './server-connection.ts';
import { cleaned, keyValues } from './shell-words.ts';

const SCRIPT_MS = 30_000;
/** Below this nothing can be written on a server. */
const MIN_FREE_BYTES = 64 * 1024;
const LINE = /^[\x20-\x7e]{1,4000}$/;

const drawPair = promisify(ssh2.utils.generateKeyPair) as (
  type: string,
  options?: { readonly bits: number },
) => Promise<{ readonly private: string }>;

export class SshServerKeys implements ServerKeys {
  readonly #options: ServerConnectionOptions;

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
  }

  async open(address: ApplianceAddress): Promise<AuthorizedKeys> {
    const present = this.publicHalf(await this.#options.privateKeys(address));
    return new SshAuthorizedKeys(await openConnection(address, this.#options), present);
  }

  async make(kind: SshKeyKind): Promise<string> {
    for (;;) {
      const drawn = await draw(kind);
      // ssh2 1.17 drops zero bytes an ed25519 key begins with (lib/keygen.js), so one of 256 cannot be read again.
      if (!(ssh2.utils.parseKey(drawn) instanceof Error)) return drawn;
    }
  }

  publicHalf(privateKey: string): string {
    const parsed: ParsedKey | readonly ParsedKey[] | Error = ssh2.utils.parseKey(privateKey);
    const [key] = Array.isArray(parsed) ? parsed : [parsed];
    // What the parser says is not told: it could quote the key.
    if (key === undefined || key instanceof Error || !key.isPrivateKey())
      throw new Problem('profile-unknown', 'the private key for a server is in no format we can read');
    return `${key.type} ${key.getPublicSSH().toString('base64')}`;
  }
}

/** Over a connection that is already open; also for tests, which open one without SSH. */
export class SshAuthorizedKeys implements AuthorizedKeys {
  readonly #connection: Connection;
  readonly #present: string;

  constructor(connection: Connection, present: string) {
    this.#connection = connection;
    this.#present = present;
  }

  get hostKey(): string {
    return this.#connection.hostKey;
  }

  async admit(line: string): Promise<void> {
    if (!LINE.test(line)) throw new Problem('profile-unknown', 'the line for authorized_keys is more than a line');
    const [type = '', blob = ''] = line.split(' ').slice(-3);
    parsePublicKey(`${type} ${blob}`);
    await this.#change('admit', line, [`${type} ${blob}`]);
  }

  async holds(publicKey: string): Promise<boolean> {
    parsePublicKey(publicKey);
    const said = await this.#connection.run(LOOK_FOR_KEY, { timeoutMs: SCRIPT_MS, stdin: `${publicKey}\n` });
    return keyValues(said.stdout).get('holds') === 'yes';
  }

  async retire(publicKeys: readonly string[]): Promise<void> {
    for (const key of publicKeys) parsePublicKey(key);
    await this.#change('retire', '', publicKeys);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #change(act: 'admit' | 'retire', line: string, gone: readonly string[]): Promise<void> {
    const stdin = [this.#present, act, line, ...gone].map((text) => `${text}\n`).join('');
    const { stdout, stderr, exitCode } = await this.#connection.run(CHANGE_KEYS, { timeoutMs: SCRIPT_MS, stdin });
    const values = keyValues(stdout);
    if (values.get('state') === 'same' || values.get('state') === 'changed') return;
    const error = values.get('error');
    if (error === 'changed meanwhile')
      throw new Problem('item-changed', 'somebody else changed authorized_keys at the same moment');
    const free = values.get('free') ?? '';
    if (/^\d+$/.test(free) && Number(free) * 1024 < MIN_FREE_BYTES)
      throw new Problem('disk-full', 'no room for another authorized_keys; the one that is there stays');
    const why = error ?? `the script ended with code ${exitCode}: ${stderr}`;
    throw new Problem('keys-not-changed', `who is let in stays as it was: ${cleaned(why)}`);
  }
}

async function draw(kind: SshKeyKind): Promise<string> {
  if (kind === 'ed25519') return (await drawPair('ed25519')).private;
  if (kind === 'ecdsa-p256') return (await drawPair('ecdsa', { bits: 256 })).private;
  return (await drawPair('rsa', { bits: 3072 })).private;
}
