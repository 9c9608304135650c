// Where the name servers of a public zone listen, as the machine's resolver knows it.

import { Resolver } from 'node:dns/promises';
import type { DnsEndpoint } from './dns-exchange.ts';

const DNS_PORT = 53;
const TIMEOUT_MS = 2000;
const TRIES = 2;

/** For `AuthoritativeDns`: the server's first IPv4 address, port 53; undefined when it cannot be resolved within seconds. */
export async function nameServerAddress(server: string): Promise<DnsEndpoint | undefined> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  const [address] = await resolver.resolve4(server).catch(() => []);
  return address === undefined ? undefined : { address, port: DNS_PORT };
}
