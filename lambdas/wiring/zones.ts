// Our zones in Route 53; what their name servers answer is asked of each of them.

import { Resolver } from 'node:dns/promises';
import { route53Client } from '../../src/adapters/aws/route53-client.ts';
import { Route53Zones } from '../../src/adapters/aws/route53-zones.ts';
import { AuthoritativeDns } from '../../src/adapters/dns/authoritative-dns.ts';
import type { DnsEndpoint } from '../../src/adapters/dns/dns-exchange.ts';
import { publicDns } from './public-dns.ts';
import { readStageFile } from './stage.ts';

const DNS_PORT = 53;
const RESOLVE_MS = 2_000;
const RESOLVE_TRIES = 2;

export function zones(): Route53Zones {
  const { delegationZone } = readStageFile();
  const outside = publicDns();
  const servers = new AuthoritativeDns({ addressOf });
  return new Route53Zones({
    client: route53Client(),
    askServer: (server, name, type) => servers.ask(server, name, type),
    findAlias: (name) => outside.findAlias(name),
    ...(delegationZone === undefined ? {} : { delegationZone }),
    now: () => new Date(),
    random: Math.random,
  });
}

/** Names of the servers come from Route 53 itself; what has no address is asked nothing. */
async function addressOf(server: string): Promise<DnsEndpoint | undefined> {
  const resolver = new Resolver({ timeout: RESOLVE_MS, tries: RESOLVE_TRIES });
  const [address] = await resolver.resolve4(server);
  return address === undefined ? undefined : { address, port: DNS_PORT };
}
