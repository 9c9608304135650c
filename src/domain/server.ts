// What the service knows of a customer's server, and what it keeps about the right to touch it.

import type { ServerNames } from './three-names.ts';

export interface Server {
  readonly partner: string;
  readonly hostname: string;
  readonly customer: string;
  readonly publicIp: string;
  readonly sitePort: number;
  readonly connectionProfile: string;
  /** `SHA256:…` of the pinned SSH host key; absent before the first contact. */
  readonly hostKey?: string | undefined;
  /** The same of the standby of a high-availability pair. */
  readonly standbyHostKey?: string | undefined;
  /** Fingerprint of the SSH key it lets us in with, `SHA256:…`; absent = the one the partner began with. */
  readonly sshKeyId?: string | undefined;
  /** The same of the standby. */
  readonly standbySshKeyId?: string | undefined;
  /** Where a key from before may still be let in beside it. */
  readonly formerSshKeysAt?: readonly ServerNode[] | undefined;
  /** The address record as we last wrote it for this server. */
  readonly addressWritten?: string | undefined;
  /** The order at work on this server's certificate, if one is. */
  readonly openOrderId?: string | undefined;
  readonly served?: ServedCertificate | undefined;
  /** What Apache, which shares the files, was last seen to serve. */
  readonly web?: ServedCertificate | undefined;
  /** How its three names stood when they were last looked at; absent before that. */
  readonly names?: ServerNames | undefined;
  readonly staged?: { readonly fingerprint: string; readonly at: string } | undefined;
}

/** `main` carries the calls; only a high-availability pair has a standby. */
export type ServerNode = 'main' | 'standby';

export function sshKeyIdOf(server: Server, node: ServerNode): string | undefined {
  return node === 'main' ? server.sshKeyId : server.standbySshKeyId;
}

/** Lets us in with that key from now on (undefined: the one the partner began with), and perhaps still with another. */
export function withSshKey(server: Server, node: ServerNode, keyId: string | undefined): Server {
  const formerSshKeysAt = [...new Set([...(server.formerSshKeysAt ?? []), node])];
  return node === 'main'
    ? { ...server, sshKeyId: keyId, formerSshKeysAt }
    : { ...server, standbySshKeyId: keyId, formerSshKeysAt };
}

/** Lets us in with the key noted, and with no other of ours. */
export function withoutFormerSshKeys(server: Server, node: ServerNode): Server {
  const left = server.formerSshKeysAt?.filter((one) => one !== node) ?? [];
  return { ...server, formerSshKeysAt: left.length === 0 ? undefined : left };
}

/** A standby nobody has ever reached is none. */
export function serverNodes({ standbyHostKey }: Server): readonly ServerNode[] {
  return standbyHostKey === undefined ? ['main'] : ['main', 'standby'];
}

/** The nodes that do not let us in with that key alone yet. */
export function nodesToMove(server: Server, keyId: string): readonly ServerNode[] {
  return serverNodes(server).filter(
    (node) => sshKeyIdOf(server, node) !== keyId || server.formerSshKeysAt?.includes(node) === true,
  );
}

/** What an endpoint was last seen to serve. */
export interface ServedCertificate {
  readonly fingerprint: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly issuer: string;
  readonly trusted: boolean;
  readonly seenAt: string;
  readonly vantage: 'inside' | 'outside';
}

/** Failed SSH authentications at one server, all runs together. */
export interface SshGuard {
  /** ISO 8601, oldest first. */
  readonly failedAt: readonly string[];
}

/** UCX blocks an address for a day after six failures (facts, IP Block List); two leave room for people. */
export const MAX_FAILED_AUTHENTICATIONS = 2;
const GUARD_WINDOW_MS = 24 * 3_600_000;

/**
 * Stopped once the second failure lies within 24 hours of the first, and from then on until a person clears it: time alone does not
 * mend a refused key.
 */
export function isSshStopped(guard: SshGuard | undefined): boolean {
  const recent = guard?.failedAt ?? [];
  const latest = recent.slice(-MAX_FAILED_AUTHENTICATIONS);
  const [first, last] = [latest[0], latest.at(-1)];
  if (latest.length < MAX_FAILED_AUTHENTICATIONS || first === undefined || last === undefined) return false;
  return new Date(last).getTime() - new Date(first).getTime() < GUARD_WINDOW_MS;
}
