// Public DNS through resolvers of three operators, all of which validate DNSSEC: two must agree.

import type { DnsEndpoint } from '../../src/adapters/dns/dns-exchange.ts';
import { PublicResolvers } from '../../src/adapters/dns/public-resolvers.ts';

/** Cloudflare, Google, Quad9 (the last without ECS, with validation): https://one.one.one.one, https://dns.google, https://quad9.net */
export const RESOLVERS: readonly DnsEndpoint[] = ['1.1.1.1', '8.8.8.8', '9.9.9.9'].map((address) => ({
  address,
  port: 53,
}));

export function publicDns(): PublicResolvers {
  return new PublicResolvers({ resolvers: RESOLVERS });
}
