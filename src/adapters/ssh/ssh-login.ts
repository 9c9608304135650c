// Logs in to an SSH server: one key, tried once, and only after the server has shown the host key that was pinned.

import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import { Problem } from '../../domain/problem.ts';
import { cleaned } from './shell-words.ts';

export interface SshLogin {
  /** How the server is called in problems. */
  readonly label: string;
  readonly account: string;
  /** PEM or OpenSSH format. */
  readonly privateKeyPem: string;
  /** `SHA256:…`; absent on first contact, where any key is taken and told. */
  readonly hostKey: string | undefined;
  /** From the first byte to being logged in. */
  readonly timeoutMs: number;
}

export interface LoggedIn {
  readonly client: Client;
  /** As `ssh-keygen -lf` prints it. */
  readonly hostKey: string;
}

/** A silent connection is found dead after about this long times three. */
const KEEPALIVE_MS = 10_000;

/**
 * Speaks SSH over a stream that is already connected, and ends the stream if that fails. Nothing but the one public key is tried, not even
 * `none`: a UCX blocks an address for a day after six refusals (facts/appliance.md, section 5). Problems: `host-key-mismatch`,
 * `ssh-authentication-refused`, `server-unreachable`, and `profile-unknown` for a private key nobody can read.
 */
export async function logIn(stream: Duplex, login: SshLogin): Promise<LoggedIn> {
  const client = new Client();
  let seen = '';
  let refused = false;
  const verifyHost = (key: Buffer): boolean => {
    seen = fingerprintOf(key);
    refused = login.hostKey !== undefined && seen !== login.hostKey;
    return !refused;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.on('error', reject);
      client.once('close', () => reject(new Error('the server closed the connection')));
      client.connect({
        sock: stream,
        username: login.account,
        privateKey: login.privateKeyPem,
        authHandler: ['publickey'],
        hostVerifier: verifyHost,
        readyTimeout: login.timeoutMs,
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: 3,
      });
    });
    return { client, hostKey: seen };
  } catch (error) {
    client.on('error', () => undefined);
    client.end();
    stream.destroy();
    if (refused && login.hostKey) throw mismatch(login.label, login.hostKey, seen);
    throw loginProblem(error, login);
  }
}

function mismatch(label: string, pinned: string, seen: string): Problem {
  return new Problem(
    'host-key-mismatch',
    `"${label}" shows host key ${seen}, pinned is ${pinned}; ` +
      'if the server was replaced or reinstalled, accept the new one with POST /v1/servers/{hostname}/host-key',
  );
}

function loginProblem(error: unknown, { label, account }: SshLogin): Problem {
  const { level, message } = describe(error);
  if (level === 'client-authentication') {
    return new Problem('ssh-authentication-refused', `"${label}" refuses the key of account "${account}"`);
  }
  if (message.startsWith('Cannot parse privateKey') || message.includes('privateKey value')) {
    return new Problem('profile-unknown', `the private key for account "${account}" is in no format we can read`);
  }
  return new Problem('server-unreachable', `no SSH with "${label}": ${cleaned(message)}`, { cause: error });
}

function describe(error: unknown): { readonly level: string | undefined; readonly message: string } {
  if (!(error instanceof Error)) return { level: undefined, message: String(error) };
  const level = 'level' in error && typeof error.level === 'string' ? error.level : undefined;
  return { level, message: error.message };
}

function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replaceAll('=', '')}`;
}
