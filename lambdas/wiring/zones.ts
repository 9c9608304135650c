// Our zones at Route 53, and what their name servers themselves answer.

import { route53Client } from '../../src/adapters/aws/route53-client.ts';
import { Route53Zones } from '../../src/adapters/aws/route53-zones.ts';
import { AuthoritativeDns } from '../../src/adapters/dns/authoritative-dns.ts';
import { resolvePublicly } from '../../src/adapters/tls/public-network.ts';
import { publicDns } from './public-dns.ts';
import { stage } from './stage.ts';

export function zones(): Route53Zones {
  const nameServers = new AuthoritativeDns({
    addressOf: async (server) => {
      const [address] = await resolvePublicly(server);
      return address === undefined ? undefined : { address, port: 53 };
    },
  });
  const resolvers = publicDns();
  const { delegationZone } = stage();
  return new Route53Zones({
    client: route53Client(),
    askServer: (server, name, type) => nameServers.ask(server, name, type),
    findAlias: (name) => resolvers.findAlias(name),
    ...(delegationZone === undefined ? {} : { delegationZone }),
    now: () => new Date(),
    random: Math.random,
  });
}
