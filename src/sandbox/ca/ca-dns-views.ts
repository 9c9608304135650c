// The DNS as a CA sees it: from several places at once, over the network, with a deadline, and nothing remembered.

import { Resolver } from 'node:dns/promises';

const QUERY_TIMEOUT_MS = 700;
const TRIES = 2;
const DEADLINE_MS = 5_000;

/** What c-ares calls it when there is no answer: `ENOTFOUND` (no such name), `ENODATA`, `ESERVFAIL`, `EREFUSED`, `ETIMEOUT`. */
export type LookUpFailure = string;

export type LookUp = <Value>(ask: (resolver: Resolver) => Promise<Value>) => Promise<Value | LookUpFailure>;

/**
 * One view per server, as public CAs look from several places on the internet (CA/B Forum BR 3.2.2.9): each asks its
 * own server first and the others if that one is silent, and what `look` wants must be so in every view. So a client that goes
 * on before the last server answers rightly is found out. `dnsServers` as `host:port`.
 */
export async function fromEverywhere(
  dnsServers: readonly string[],
  signal: AbortSignal,
  look: (lookUp: LookUp) => Promise<void>,
): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const views = dnsServers.map((_, index) => [...dnsServers.slice(index), ...dnsServers.slice(0, index)]);
  await Promise.all(views.map((servers) => look((ask) => lookUpAt(servers, deadline, ask))));
}

/** For people. */
export function failureText(failure: LookUpFailure): string {
  return failure === 'ENOTFOUND' ? 'NXDOMAIN' : failure;
}

/** A resolver for one question, because one that is used again may remember. */
async function lookUpAt<Value>(
  servers: readonly string[],
  deadline: AbortSignal,
  ask: (resolver: Resolver) => Promise<Value>,
): Promise<Value | LookUpFailure> {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: TRIES });
  resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  deadline.addEventListener('abort', cancel);
  try {
    return await ask(resolver);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  } finally {
    deadline.removeEventListener('abort', cancel);
  }
}
