// Looks in the DNS for the answer to a dns-01 challenge (RFC 8555, section 8.4), over the network, from several places.

import { createHash } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { CaRefusal, quoted } from './ca-refusal.ts';

const QUERY_TIMEOUT_MS = 700;
const TRIES = 2;
const DEADLINE_MS = 5_000;

export interface Dns01Question {
  /** Without `*.`: `pbx.northwind.test`. */
  readonly name: string;
  /** `token.thumbprint`. */
  readonly keyAuthorization: string;
  /** As `host:port`. */
  readonly dnsServers: readonly string[];
}

/**
 * One view per server, as public CAs look from several places on the internet (CA/B Forum BR 3.2.2.9): each asks its
 * own server first and the others if that one is silent, and every view must hold the value. So a client that goes on
 * before the last server answers rightly is found out. Resolves, or refuses with `dns` (no answer to be had) or
 * `unauthorized` (an answer without the value).
 */
export async function validateDns01(question: Dns01Question, signal: AbortSignal): Promise<void> {
  const { dnsServers } = question;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const views = dnsServers.map((_, index) => [...dnsServers.slice(index), ...dnsServers.slice(0, index)]);
  await Promise.all(views.map((servers) => validateFrom(servers, question, deadline)));
}

/** The digest that must be in a TXT record. */
export function txtValueOf(keyAuthorization: string): string {
  return createHash('sha256').update(keyAuthorization).digest('base64url');
}

async function validateFrom(servers: readonly string[], question: Dns01Question, deadline: AbortSignal): Promise<void> {
  const name = `_acme-challenge.${question.name}`;
  const values = (await resolveTxt(name, servers, deadline)).map((parts) => parts.join(''));
  if (values.includes(txtValueOf(question.keyAuthorization))) return;
  const [first] = values;
  if (first === undefined) throw new CaRefusal('unauthorized', `no TXT record at ${name}`);
  const others = values.length === 1 ? '' : ` (and ${values.length - 1} more)`;
  throw new CaRefusal('unauthorized', `wrong TXT record ${quoted(first)}${others} at ${name}`);
}

async function resolveTxt(
  name: string,
  servers: readonly string[],
  deadline: AbortSignal,
): Promise<readonly string[][]> {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: TRIES });
  resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  deadline.addEventListener('abort', cancel);
  try {
    return await resolver.resolveTxt(name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENODATA') return [];
    const reason = code === 'ENOTFOUND' ? 'NXDOMAIN' : code;
    throw new CaRefusal('dns', `DNS problem: ${reason} looking up TXT for ${name}`);
  } finally {
    deadline.removeEventListener('abort', cancel);
  }
}
